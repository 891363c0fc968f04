#include "http/coding.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/errors.h"

namespace firn::http {
namespace {

std::string Deflate(std::string_view text, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Zstd(std::string_view text, int level = 3) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), level));
  return out;
}

std::string Varied(size_t size) {
  std::string text;
  uint32_t state = 1;
  while (text.size() < size) {
    state = state * 1664525 + 1013904223;
    text += std::to_string(state);
  }
  text.resize(size);
  return text;
}

TEST(Decode, AllCodings) {
  for (const size_t size : {1ul, 100ul, 65536ul, 131072ul, 3'000'001ul}) {
    const std::string text = Varied(size);
    const std::pair<const char*, std::string> cases[] = {
        {"gzip", Deflate(text, 31)},
        {"X-GZip", Deflate(text, 31)},
        {"deflate", Deflate(text, 15)},
        {"deflate", Deflate(text, -15)},
        {" zstd ", Zstd(text)},
        {"identity", text},
        {"", text},
    };
    for (const auto& [coding, bytes] : cases) {
      const auto decoded = DecodeBody(coding, bytes, Limits());
      ASSERT_TRUE(decoded.ok()) << coding << size << decoded.error().Message();
      EXPECT_TRUE(*decoded == text) << coding << size;
    }
  }
}

TEST(Decode, SeveralMembersAreOneBody) {
  EXPECT_EQ(*DecodeBody("gzip", Deflate("one ", 31) + Deflate("", 31) + Deflate("two", 31), Limits()), "one two");
  EXPECT_EQ(*DecodeBody("zstd", Zstd("one ") + Zstd("two"), Limits()), "one two");
}

TEST(Decode, ExactlyOnePieceOfZstd) {
  // The output buffer is full at the very end of the frame.
  for (const size_t size : {65536ul, 131072ul, 196608ul}) {
    const auto decoded = DecodeBody("zstd", Zstd(std::string(size, 'a')), Limits());
    ASSERT_TRUE(decoded.ok()) << size;
    EXPECT_EQ(decoded->size(), size);
  }
}

TEST(Decode, DamagedOrCutOff) {
  const std::string text = Varied(100'000);
  for (const auto& [coding, bytes] : {std::pair<const char*, std::string>{"gzip", Deflate(text, 31)},
                                      {"deflate", Deflate(text, 15)},
                                      {"zstd", Zstd(text)}}) {
    for (const size_t kept : {bytes.size() - 1, bytes.size() / 2, size_t{1}}) {
      const auto decoded = DecodeBody(coding, bytes.substr(0, kept), Limits());
      ASSERT_FALSE(decoded.ok()) << coding << kept;
      EXPECT_TRUE(decoded.error().Is(errors::kInvalidInput));
    }
    EXPECT_FALSE(DecodeBody(coding, "this is no such thing", Limits()).ok()) << coding;
    EXPECT_FALSE(DecodeBody(coding, bytes + "garbage behind it", Limits()).ok()) << coding;
    std::string flipped = bytes;
    flipped[flipped.size() / 2] ^= 0x55;
    // zstd without a checksum may decode to other text; gzip and zlib must notice.
    if (std::string(coding) != "zstd") EXPECT_FALSE(DecodeBody(coding, flipped, Limits()).ok()) << coding;
  }
}

TEST(Decode, OtherCodingsAreRefused) {
  for (const char* coding : {"br", "gzip, gzip", "compress", "xyz"}) {
    EXPECT_TRUE(DecodeBody(coding, "abc", Limits()).error().Is(errors::kUnsupported)) << coding;
  }
}

TEST(Decode, AbsoluteLimit) {
  Limits limits;
  limits.max_decoded_body_bytes = 10'000;
  EXPECT_TRUE(DecodeBody("gzip", Deflate(std::string(10'000, 'a'), 31), limits).ok());
  EXPECT_TRUE(DecodeBody("gzip", Deflate(std::string(10'001, 'a'), 31), limits).error().Is(errors::kLimit));
  EXPECT_TRUE(DecodeBody("zstd", Zstd(std::string(10'001, 'a')), limits).error().Is(errors::kLimit));
  EXPECT_TRUE(DecodeBody("deflate", Deflate(std::string(10'001, 'a'), -15), limits).error().Is(errors::kLimit));
}

TEST(Decode, RatioBeyondTheFloor) {
  Limits limits;
  limits.decoded_ratio_floor = 100'000;
  limits.max_decoded_ratio = 50;
  EXPECT_TRUE(DecodeBody("gzip", Deflate(std::string(100'000, 'a'), 31), limits).ok()) << "below the floor";
  EXPECT_TRUE(DecodeBody("gzip", Deflate(std::string(200'000, 'a'), 31), limits).error().Is(errors::kLimit));
  EXPECT_TRUE(DecodeBody("gzip", Deflate(Varied(200'000), 31), limits).ok()) << "an honest body";
  // With the defaults: a bomb of 100 MB in about 100 kB.
  EXPECT_TRUE(DecodeBody("gzip", Deflate(std::string(100'000'000, '\0'), 31), Limits()).error().Is(errors::kLimit));
}

TEST(Decode, LargeZstdWindowIsRefused) {
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, 26);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  std::string out(1'000'000, '\0');
  const std::string text = "small";
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  ZSTD_compressStream2(context.get(), &to, &in, ZSTD_e_continue);
  ASSERT_EQ(ZSTD_compressStream2(context.get(), &to, &in, ZSTD_e_end), 0u);
  out.resize(to.pos);
  EXPECT_TRUE(DecodeBody("zstd", out, Limits()).error().Is(errors::kInvalidInput));
}

TEST(Accept, Gzip) {
  for (const char* yes : {"gzip", "deflate, GZIP", "gzip;q=0.5", "*", "br;q=1.0, gzip;q=0.8, *;q=0.1", "x-gzip"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "gzip;q=0", "gzip; q=0.0, *", "deflate", "*;q=0", "gzipped"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(Encode, PiecesCanBeReadAtOnce) {
  auto encoder = GzipEncoder::Make();
  const std::string text = Varied(300'000);
  std::string all = encoder->Add(text.substr(0, 1000));
  EXPECT_GT(all.size(), 100u) << "flushed, not kept";
  all += encoder->Add(text.substr(1000));
  all += encoder->Finish({});
  EXPECT_TRUE(*DecodeBody("gzip", all, Limits()) == text);
}

}  // namespace
}  // namespace firn::http
