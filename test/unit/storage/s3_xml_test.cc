#include "storage/s3_xml.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace firn::storage {
namespace {

TEST(S3Xml, ListPage) {
  auto page = ParseS3ListPage(R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- a > comment -->
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/><KeyCount>2</KeyCount>
<IsTruncated>true</IsTruncated><NextContinuationToken>a+b/c=&amp;</NextContinuationToken>
<Contents><Key>a&amp;b &lt;&#252;&#x1F43B;&gt; %2B+</Key><LastModified>2026-11-22T10:11:12.345Z</LastModified><ETag>&quot;x&quot;</ETag>
<Size>12345678901</Size><Owner><ID>me</ID><Key>not the key</Key></Owner></Contents>
<Contents><LastModified>2026-11-22T10:11:12Z</LastModified><Size>0</Size><Key><![CDATA[c<d]]></Key></Contents>
<CommonPrefixes><Prefix>x/</Prefix></CommonPrefixes></ListBucketResult>)",
                              "here");
  ASSERT_TRUE(page.ok()) << page.error().Message();
  ASSERT_EQ(page->objects.size(), 2U);
  EXPECT_EQ(page->objects[0].path, "a&b <\xc3\xbc\xf0\x9f\x90\xbb> %2B+");
  EXPECT_EQ(page->objects[0].size, 12345678901U);
  EXPECT_EQ(page->objects[0].modified, 1795342272345000);
  EXPECT_EQ(page->objects[1].path, "c<d");
  EXPECT_EQ(page->objects[1].modified, 1795342272000000);
  EXPECT_TRUE(page->truncated);
  EXPECT_EQ(page->next_token, "a+b/c=&");
}

TEST(S3Xml, KeysAreDecodedOnlyWhenTheAnswerSaysSo) {
  std::string key = "<Contents><Key>a+b%2Bc%25%C3%BC%zz%</Key><Size>1</Size></Contents>";
  auto plain = ParseS3ListPage("<ListBucketResult>" + key + "</ListBucketResult>", "");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->objects[0].path, "a+b%2Bc%25%C3%BC%zz%");
  auto encoded =
      ParseS3ListPage("<ListBucketResult>" + key + "<EncodingType>url</EncodingType></ListBucketResult>", "");
  ASSERT_TRUE(encoded.ok());
  EXPECT_EQ(encoded->objects[0].path, "a b+c%\xc3\xbc%zz%");
}

TEST(S3Xml, RefusesWhatIsNoListing) {
  for (const char* text :
       {"", "<html><body>proxy says hello</body></html>", "<ListBucketResult>",
        "<ListBucketResult><Contents></ListBucketResult>",
        "<ListBucketResult><Contents><Key>&nope;</Key></Contents></ListBucketResult>", "not xml", "</ListBucketResult>",
        "<ListBucketResult><Contents><Key>a</Key><Size>12x</Size></Contents></ListBucketResult>", "<ListBucketResult",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "<>", "<![CDATA[x]]>", "<!--"}) {
    auto page = ParseS3ListPage(text, "here");
    ASSERT_FALSE(page.ok()) << text;
    EXPECT_TRUE(page.error().Is(errors::kStorage)) << text;
  }
  EXPECT_TRUE(ParseS3ListPage("<ListBucketResult/>", "here").ok());
}

TEST(S3Xml, ErrorBody) {
  S3ErrorBody error = ParseS3Error("<Error><Code>SlowDown</Code><Message>Please &lt;wait&gt;</Message></Error>");
  EXPECT_EQ(error.code, "SlowDown");
  EXPECT_EQ(error.message, "Please <wait>");
  EXPECT_EQ(ParseS3Error("<html>").code, "");
  EXPECT_EQ(ParseS3Error("").code, "");
}

}  // namespace
}  // namespace firn::storage
