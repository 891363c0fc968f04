#include "session/tokens.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace firn::session {
namespace {

TokenClaims Claims() {
  TokenClaims claims;
  claims.session_id = 4503599627370495;
  claims.expires = 1'700'000'000'000'000;
  claims.user = "ADMIN";
  claims.role = "ACCOUNTADMIN";
  claims.database = "odd \"name\" ü:3";
  claims.client = "PythonConnector";
  claims.client_version = "5.2.0";
  claims.parameters = {{"QUERY_TAG", "a:b"}, {"TIMEZONE", "UTC"}};
  return claims;
}

TEST(TokensTest, ReadsWhatItSigned) {
  std::string token = SignToken("key", Claims());
  auto read = ReadToken("key", TokenKind::kSession, token);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->session_id, 4503599627370495);
  EXPECT_EQ(read->expires, 1'700'000'000'000'000);
  EXPECT_EQ(read->user, "ADMIN");
  EXPECT_EQ(read->database, "odd \"name\" ü:3");
  EXPECT_EQ(read->schema, "");
  EXPECT_EQ(read->parameters.at("QUERY_TAG"), "a:b");
}

TEST(TokensTest, IsNeverTheSameTwiceAndFitsAHeader) {
  std::string a = SignToken("key", Claims()), b = SignToken("key", Claims());
  EXPECT_NE(a, b);
  for (char c : a) EXPECT_TRUE(isalnum(static_cast<unsigned char>(c)) || strchr("-_.", c) != nullptr) << c;
}

TEST(TokensTest, RefusesAnotherKeyAnotherKindAndEveryChangedByte) {
  std::string token = SignToken("key", Claims());
  EXPECT_TRUE(ReadToken("other", TokenKind::kSession, token).error().Is(errors::kSessionInvalid));
  EXPECT_TRUE(ReadToken("key", TokenKind::kMaster, token).error().Is(errors::kMasterInvalid));
  EXPECT_TRUE(ReadToken("key", TokenKind::kBearer, token).error().Is(errors::kTokenInvalid));
  for (size_t i = 0; i < token.size(); ++i) {
    for (char c : std::string_view("AB-_~+/=")) {
      std::string changed = token;
      changed[i] = c;
      if (changed == token) continue;
      EXPECT_FALSE(ReadToken("key", TokenKind::kSession, changed).ok()) << i << c;
    }
  }
}

/// The last character of a base64 text has spare bits: every other character there is another token.
TEST(TokensTest, RefusesTheSameBytesWrittenInAnotherWay) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~";
  for (int round = 0; round < 20; ++round) {
    std::string token = SignToken("key", Claims());
    size_t last = token.size() - 1;
    for (char c : kAlphabet) {
      std::string changed = token;
      changed[last] = c;
      EXPECT_EQ(ReadToken("key", TokenKind::kSession, changed).ok(), changed == token) << changed;
    }
  }
}

TEST(TokensTest, RefusesGarbage) {
  for (std::string_view text : {"", "None", "firn1.", "firn1..", "firn1.AAAA.AAAA", "firn1.AAAA", "\xff\xfe"}) {
    EXPECT_FALSE(ReadToken("key", TokenKind::kSession, text).ok()) << text;
  }
  EXPECT_FALSE(ReadToken("key", TokenKind::kSession, "firn1." + std::string(kTokenBytesMax, 'A')).ok());
}

}  // namespace
}  // namespace firn::session
