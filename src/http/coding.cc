#include "http/coding.h"

#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

#include "base/errors.h"
#include "base/types.h"

namespace firn::http {

namespace {

constexpr size_t kPiece = size_t{64} << 10;
constexpr int kZstdWindowLog = 23;
constexpr int kGzipLevel = 1;  // answers are compressed while the client waits

/// Collects decoded bytes and refuses too many of them, before they are all there.
class Sink {
 public:
  Sink(size_t sent, const Limits& limits) : sent_(sent), limits_(limits) {
    out_.reserve(std::min(limits.max_decoded_body_bytes, sent * 4));
  }
  Status Add(const char* bytes, size_t size) {
    const size_t total = out_.size() + size;
    if (total > limits_.max_decoded_body_bytes) {
      return Error(errors::kLimit,
                   {"The decoded request body", std::to_string(limits_.max_decoded_body_bytes) + " bytes",
                    "sent: " + std::to_string(sent_)});
    }
    if (total > limits_.decoded_ratio_floor && total / limits_.max_decoded_ratio > sent_) {
      return Error(errors::kLimit, {"The request body's compression ratio", std::to_string(limits_.max_decoded_ratio),
                                    "sent: " + std::to_string(sent_) + " bytes"});
    }
    out_.append(bytes, size);
    return Ok();
  }
  std::string Take() { return std::move(out_); }

 private:
  size_t sent_;
  const Limits& limits_;
  std::string out_;
};

Error Damaged(const char* coding) {
  return Error(errors::kInvalidInput, {std::string("The request body is not valid ") + coding + "."});
}

struct Inflater {
  z_stream stream{};
  bool ready = false;
  ~Inflater() {
    if (ready) inflateEnd(&stream);
  }
};

/// window_bits: 31 gzip, 15 zlib, -15 raw deflate. `members`: another stream may follow the end of one.
Result<std::string> Inflate(std::string_view bytes, int window_bits, bool members, const char* coding,
                            const Limits& limits) {
  Inflater inflater;
  if (inflateInit2(&inflater.stream, window_bits) != Z_OK) return Error(errors::kInternal, {"inflateInit2 failed"});
  inflater.ready = true;
  Sink sink(bytes.size(), limits);
  const auto piece = std::make_unique<char[]>(kPiece);
  // zlib counts its input in 32 bits; a body is cut into parts no longer than that.
  constexpr size_t kMaxInput = std::numeric_limits<uInt>::max();
  size_t given = std::min(bytes.size(), kMaxInput);
  inflater.stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  inflater.stream.avail_in = static_cast<uInt>(given);
  for (;;) {
    inflater.stream.next_out = reinterpret_cast<Bytef*>(piece.get());
    inflater.stream.avail_out = kPiece;
    const int code = inflate(&inflater.stream, Z_NO_FLUSH);
    FIRN_TRY(sink.Add(piece.get(), kPiece - inflater.stream.avail_out));
    if (inflater.stream.avail_in == 0 && given < bytes.size()) {
      const size_t more = std::min(bytes.size() - given, kMaxInput);
      inflater.stream.avail_in = static_cast<uInt>(more);
      given += more;
    }
    if (code == Z_STREAM_END) {
      if (inflater.stream.avail_in == 0) return sink.Take();
      if (!members || inflateReset(&inflater.stream) != Z_OK) return Damaged(coding);
    } else if (code != Z_OK || (inflater.stream.avail_in == 0 && inflater.stream.avail_out != 0)) {
      return Damaged(coding);  // broken, or the input ends inside a stream
    }
  }
}

Result<std::string> Unzstd(std::string_view bytes, const Limits& limits) {
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return Error(errors::kInternal, {"ZSTD_createDCtx failed"});
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLog);
  Sink sink(bytes.size(), limits);
  const auto piece = std::make_unique<char[]>(kPiece);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t left = 1;
  bool full = false;
  while (in.pos < in.size || full) {
    ZSTD_outBuffer out{piece.get(), kPiece, 0};
    left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left)) return Damaged("zstd");
    FIRN_TRY(sink.Add(piece.get(), out.pos));
    full = left != 0 && out.pos == out.size;  // more may be waiting inside, though all input is taken
  }
  if (left != 0) return Damaged("zstd");
  return sink.Take();
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::string> DecodeBody(std::string_view coding, std::string_view bytes, const Limits& limits) {
  coding = Trim(coding);
  if (coding.empty() || EqualsIgnoreCase(coding, "identity") || bytes.empty()) return std::string(bytes);
  if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip")) {
    return Inflate(bytes, 31, true, "gzip", limits);
  }
  if (EqualsIgnoreCase(coding, "zstd")) return Unzstd(bytes, limits);
  if (EqualsIgnoreCase(coding, "deflate")) {
    // The name means zlib (RFC 9110, 8.4.1.2), but some clients send raw deflate. A zlib header is divisible by 31.
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const bool zlib = bytes.size() >= 2 && (byte(0) & 15) == 8 && (byte(0) * 256 + byte(1)) % 31 == 0;
    return Inflate(bytes, zlib ? 15 : -15, false, "deflate", limits);
  }
  return Error(errors::kUnsupported, {"Content-Encoding: " + std::string(coding)});
}

bool AcceptsGzip(std::string_view accept_encoding) {
  int gzip = -1;  // -1: not named
  int any = -1;
  while (!accept_encoding.empty()) {
    const size_t comma = accept_encoding.find(',');
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(comma == std::string_view::npos ? accept_encoding.size() : comma + 1);
    const size_t semicolon = item.find(';');
    const std::string_view name = Trim(item.substr(0, semicolon));
    int taken = 1;
    if (semicolon != std::string_view::npos) {
      const std::string weight(Trim(item.substr(semicolon + 1)));
      if ((weight.starts_with("q=") || weight.starts_with("Q=")) && std::strtod(weight.c_str() + 2, nullptr) <= 0) {
        taken = 0;
      }
    }
    if (EqualsIgnoreCase(name, "gzip") || EqualsIgnoreCase(name, "x-gzip")) gzip = taken;
    if (name == "*") any = taken;
  }
  return gzip == 1 || (gzip == -1 && any == 1);
}

std::unique_ptr<GzipEncoder> GzipEncoder::Make() {
  std::unique_ptr<GzipEncoder> encoder(new GzipEncoder());
  if (deflateInit2(&encoder->stream_, kGzipLevel, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  return encoder;
}

GzipEncoder::~GzipEncoder() { deflateEnd(&stream_); }

std::string GzipEncoder::Run(std::string_view bytes, int flush) {
  std::string out;
  do {
    const size_t part = std::min<size_t>(bytes.size(), size_t{1} << 30);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(part);
    bytes.remove_prefix(part);
    const int mode = bytes.empty() ? flush : Z_NO_FLUSH;
    do {
      const size_t old = out.size();
      out.resize(old + std::max(kPiece / 8, part / 4));
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + old);
      stream_.avail_out = static_cast<uInt>(out.size() - old);
      deflate(&stream_, mode);
      out.resize(out.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  } while (!bytes.empty());
  return out;
}

}  // namespace firn::http
