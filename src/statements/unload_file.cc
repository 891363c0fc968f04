#include "statements/unload_file.h"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

#include "base/errors.h"

namespace firn::statements {

namespace {

constexpr size_t kChunk = size_t{256} << 10;
constexpr int kGzipWindow = 15 + 16;  ///< zlib: the largest window, with a gzip header
constexpr int kGzipMemory = 8;

}  // namespace

struct UnloadFile::Compressor {
  explicit Compressor(UnloadCompression kind) : out(kChunk, '\0') {
    if (kind == UnloadCompression::kZstd) {
      zstd = ZSTD_createCCtx();
    } else {
      is_open =
          deflateInit2(&gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) == Z_OK;
    }
  }
  ~Compressor() {
    if (zstd) ZSTD_freeCCtx(zstd);
    if (is_open) deflateEnd(&gzip);
  }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  std::string out;
  z_stream gzip{};
  ZSTD_CCtx* zstd = nullptr;
  bool is_open = false;
};

UnloadFile::UnloadFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

UnloadFile::~UnloadFile() {
  if (file_) std::fclose(file_);
  if (!finished_) std::remove(path_.c_str());
}

Error UnloadFile::Failed() const { return Error(errors::kStorage, {path_, std::strerror(errno)}); }

Result<std::unique_ptr<UnloadFile>> UnloadFile::Create(const std::string& path, UnloadCompression compression) {
  std::FILE* file = std::fopen(path.c_str(), "wxb");
  if (!file) return Error(errors::kStorage, {path, std::strerror(errno)});
  std::unique_ptr<UnloadFile> made(new UnloadFile(path, file));
  if (compression == UnloadCompression::kNone) return made;
  made->compressor_ = std::make_unique<Compressor>(compression);
  if (!made->compressor_->zstd && !made->compressor_->is_open) return Error(errors::kInternal, {"no compressor"});
  return made;
}

Status UnloadFile::Put(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return Failed();
  written_ += static_cast<int64_t>(bytes.size());
  return Ok();
}

Status UnloadFile::Compress(std::string_view text, bool end) {
  Compressor& with = *compressor_;
  held_ += static_cast<int64_t>(text.size());
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  with.gzip.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write there
  with.gzip.avail_in = static_cast<uInt>(text.size());
  while (true) {
    size_t made = 0;
    bool more = false;
    if (with.zstd) {
      ZSTD_outBuffer out{with.out.data(), with.out.size(), 0};
      const size_t left = ZSTD_compressStream2(with.zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) return Error(errors::kStorage, {path_, ZSTD_getErrorName(left)});
      made = out.pos;
      more = end ? left > 0 : in.pos < in.size;
    } else {
      with.gzip.next_out = reinterpret_cast<Bytef*>(with.out.data());
      with.gzip.avail_out = static_cast<uInt>(with.out.size());
      const int done = deflate(&with.gzip, end ? Z_FINISH : Z_NO_FLUSH);
      if (done == Z_STREAM_ERROR) return Error(errors::kStorage, {path_, "gzip failed"});
      made = with.out.size() - with.gzip.avail_out;
      more = end ? done != Z_STREAM_END : with.gzip.avail_out == 0;
    }
    if (made > 0) {
      held_ = 0;
      FIRN_TRY(Put(std::string_view(with.out).substr(0, made)));
    }
    if (!more) return Ok();
  }
}

Status UnloadFile::Write(std::string_view text) { return compressor_ ? Compress(text, false) : Put(text); }

Status UnloadFile::Finish() {
  if (compressor_) FIRN_TRY(Compress({}, true));
  held_ = 0;
  if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) return Failed();
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (!closed) return Failed();
  finished_ = true;
  return Ok();
}

}  // namespace firn::statements
