#include "http/routes.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace firn::http {
namespace {

Response Nothing(Request&) { return {}; }

Route Row(const char* method, const char* pattern) { return {method, pattern, Nothing}; }

std::unique_ptr<RouteTable> Table(std::vector<Route> rows) {
  auto table = RouteTable::Build(std::move(rows));
  EXPECT_TRUE(table.ok()) << table.error().Message();
  return std::move(*table);
}

std::string Found(const RouteTable& table, const char* method, const char* path) {
  const RouteTable::Match match = table.Find(method, path);
  if (!match.route) return "none [" + match.allowed + "]";
  std::string text = match.route->pattern;
  for (const auto& [name, value] : match.path_parameters) text += " " + name + "=" + value;
  return text;
}

TEST(Routes, MatchesLiteralsBeforeParametersBeforeRest) {
  const auto table = Table({Row("GET", "/"), Row("GET", "/a/{x}"), Row("GET", "/a/b"), Row("GET", "/a/{x}/c"),
                            Row("GET", "/a/{rest...}"), Row("POST", "/a/b")});
  EXPECT_EQ(Found(*table, "GET", "/"), "/");
  EXPECT_EQ(Found(*table, "GET", "/a/b"), "/a/b");
  EXPECT_EQ(Found(*table, "GET", "/a/%62"), "/a/b");
  EXPECT_EQ(Found(*table, "GET", "/a/z"), "/a/{x} x=z");
  EXPECT_EQ(Found(*table, "GET", "/a/b/c"), "/a/{x}/c x=b");
  EXPECT_EQ(Found(*table, "GET", "/a/b/d"), "/a/{rest...} rest=b/d");
  EXPECT_EQ(Found(*table, "GET", "/a/"), "/a/{rest...} rest=");
  EXPECT_EQ(Found(*table, "GET", "/a"), "none []");
  EXPECT_EQ(Found(*table, "GET", "/b"), "none []");
}

TEST(Routes, DecodesParametersPerSegment) {
  const auto table = Table({Row("GET", "/t/{ns}/{name}"), Row("GET", "/f/{rest...}")});
  EXPECT_EQ(Found(*table, "GET", "/t/a%1Fb/c%2Fd%20e+f"),
            "/t/{ns}/{name} ns=a\x1F"
            "b name=c/d e+f");
  EXPECT_EQ(Found(*table, "GET", "/t//x"), "none []") << "a parameter takes no empty segment";
  EXPECT_EQ(Found(*table, "GET", "/f/a%20b/c/"), "/f/{rest...} rest=a b/c/");
}

TEST(Routes, MethodsDecide) {
  const auto table = Table({Row("GET", "/a/{x}"), Row("POST", "/a/b"), Row("HEAD", "/h"), Row("GET", "/h")});
  EXPECT_EQ(Found(*table, "GET", "/a/b"), "/a/{x} x=b") << "a row of another method hides nothing";
  EXPECT_EQ(Found(*table, "POST", "/a/b"), "/a/b");
  EXPECT_EQ(Found(*table, "HEAD", "/a/b"), "/a/{x} x=b");
  EXPECT_EQ(Found(*table, "DELETE", "/a/b"), "none [GET, HEAD, POST]");
  EXPECT_EQ(Found(*table, "POST", "/a/c"), "none [GET, HEAD]");
  EXPECT_EQ(table->Find("HEAD", "/h").route->method, "HEAD");
}

TEST(Routes, RefusesBadRows) {
  const std::vector<std::vector<Route>> bad = {
      {Row("get", "/a")},
      {Row("", "/a")},
      {Row("GET", "a")},
      {Row("GET", "")},
      {Row("GET", "/a{x}")},
      {Row("GET", "/{x}a")},
      {Row("GET", "/{}")},
      {Row("GET", "/{...}")},
      {Row("GET", "/{r...}/a")},
      {Row("GET", "/{x}/{x}")},
      {Row("GET", "/a%20")},
      {{"GET", "/a", Handler()}},
      {Row("GET", "/a"), Row("GET", "/a")},
      {Row("GET", "/{x}/a"), Row("GET", "/{y}/a")},
      {Row("GET", "/{x...}"), Row("GET", "/{y...}")},
  };
  for (const auto& rows : bad) {
    const auto table = RouteTable::Build(rows);
    ASSERT_FALSE(table.ok()) << rows[0].pattern;
    EXPECT_TRUE(table.error().Is(errors::kInvalidInput));
  }
}

std::string Parsed(const char* target) {
  Request request;
  request.target = target;
  const auto path = ParseTarget(&request);
  if (!path.ok()) return "bad";
  std::string text = *path + " " + request.path;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  return text;
}

TEST(Target, TakesPathAndQueryApart) {
  EXPECT_EQ(Parsed("/a%20b/c?x=1&y=a+b%2B&x=2&z&=e"), "/a%20b/c /a b/c x=1 y=a b+ x=2 z= =e");
  EXPECT_EQ(Parsed("/a?"), "/a /a");
  EXPECT_EQ(Parsed("//a"), "//a //a");
  EXPECT_EQ(Parsed("http://host:80/p?q=1"), "/p /p q=1");
  EXPECT_EQ(Parsed("http://host"), "/ /");
}

TEST(Target, RefusesWhatIsNotOne) {
  for (const char* target : {"*", "a", "/%zz", "/%4", "/a/../b", "/./b", "/%2e%2e/b", "/a%00b", "/a?x=%g1", "/a b"}) {
    EXPECT_EQ(Parsed(target), "bad") << target;
  }
}

}  // namespace
}  // namespace firn::http
