#include "storage/s3_sign.h"

#include <gtest/gtest.h>

#include "base/percent.h"

namespace firn::storage {
namespace {

// The worked examples of docs.aws.amazon.com, "Signature Calculations for the Authorization Header: Transferring
// Payload in a Single Chunk".
const S3Credentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
constexpr Micros kExampleTime = 1369353600LL * 1000000;  // 2013-05-24T00:00:00Z
const std::string kHost = "examplebucket.s3.amazonaws.com";

std::string SignatureOf(const S3Signed& made) {
  const std::string& line = made.headers.back();
  return line.substr(line.find("Signature=") + 10);
}

TEST(S3Sign, AwsExamples) {
  S3Signed get = SignS3({"GET", kHost, "/test.txt", {}, {{"range", "bytes=0-9"}}, Sha256Hex("")}, kExample, "us-east-1",
                        kExampleTime);
  EXPECT_EQ(SignatureOf(get), "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(get.target, "/test.txt");

  S3Signed put = SignS3({"PUT",
                         kHost,
                         "/test$file.text",
                         {},
                         {{"date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                         Sha256Hex("Welcome to Amazon S3.")},
                        kExample, "us-east-1", kExampleTime);
  EXPECT_EQ(SignatureOf(put), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(put.target, "/test%24file.text");

  S3Signed lifecycle =
      SignS3({"GET", kHost, "/", {{"lifecycle", ""}}, {}, Sha256Hex("")}, kExample, "us-east-1", kExampleTime);
  EXPECT_EQ(SignatureOf(lifecycle), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");

  S3Signed list = SignS3({"GET", kHost, "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, Sha256Hex("")}, kExample,
                         "us-east-1", kExampleTime);
  EXPECT_EQ(SignatureOf(list), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  EXPECT_EQ(list.target, "/?max-keys=2&prefix=J");
}

TEST(S3Sign, SessionTokenIsSigned) {
  S3Credentials session = kExample;
  session.session_token = "token==";
  S3Signed made = SignS3({"GET", kHost, "/x", {}, {}, Sha256Hex("")}, session, "eu-west-1", kExampleTime);
  EXPECT_NE(std::find(made.headers.begin(), made.headers.end(), "x-amz-security-token: token=="), made.headers.end());
  EXPECT_NE(made.headers.back().find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
            std::string::npos);
  EXPECT_NE(made.headers.back().find("/20130524/eu-west-1/s3/aws4_request,"), std::string::npos);
}

TEST(S3Sign, Encoding) {
  EXPECT_EQ(PercentEncode("a/b c+\xc3\xbc~-_.!'()*", true), "a/b%20c%2B%C3%BC~-_.%21%27%28%29%2A");
  EXPECT_EQ(PercentEncode("a/b", false), "a%2Fb");
}

}  // namespace
}  // namespace firn::storage
