// Problem answers: the members that clients rely on.
#include "faces/pipeline_face/problem.h"

#include <gtest/gtest.h>

#include "base/errors.h"

namespace firn::faces {
namespace {

TEST(Problem, HasTheMembersOfTheRow) {
  http::Request request;
  request.headers.Add("X-Request-Id", "abc-1");
  http::Response answer = ProblemAnswer(request, problems::kBadJson, "no \"JSON\"", {{"offset", "17"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.content_type, "application/problem+json");
  EXPECT_EQ(answer.body, R"({"type":"about:blank","status":400,"title":"The body is not JSON","code":"BAD_JSON",)"
                         R"("detail":"no \"JSON\"","request_id":"abc-1","offset":17})");
  EXPECT_EQ(answer.headers.Find("X-Request-Id"), "abc-1");
  EXPECT_FALSE(answer.headers.Has("Retry-After"));
}

TEST(Problem, AStrangeRequestIdIsNotRepeated) {
  http::Request request;
  request.headers.Add("X-Request-Id", "a b");
  std::string id = RequestId(request);
  EXPECT_NE(id, "a b");
  EXPECT_NE(id, RequestId(request));
}

TEST(Problem, RetryAfterIsOfTheRowOrOfTheMoment) {
  http::Request request;
  EXPECT_EQ(ProblemAnswer(request, problems::kWalFull, "").headers.Find("Retry-After"), "1");
  EXPECT_EQ(ProblemAnswer(request, problems::kWalFull, "", {}, 7).headers.Find("Retry-After"), "7");
  EXPECT_TRUE(ProblemAnswer(request, problems::kUnauthorized, "").headers.Has("WWW-Authenticate"));
}

TEST(Problem, ErrorsHaveTheirRows) {
  EXPECT_EQ(&ProblemOf(Error(errors::kConflict, {"t", "x"})), &problems::kConflict);
  EXPECT_EQ(&ProblemOf(Error(errors::kSyntax, {"x", "1", "2"})), &problems::kInvalidSql);
  EXPECT_EQ(&ProblemOf(Error(errors::kStorage, {"p", "x"})), &problems::kUnavailable);
  http::Request request;
  http::Response answer = FailureAnswer(request, Error(errors::kInvalidIdentifier, {"X"}, {3, 7}));
  EXPECT_NE(answer.body.find(R"("sql_code":"000904","sqlstate":"42000","position":{"line":3,"column":7}})"),
            std::string::npos)
      << answer.body;
}

}  // namespace
}  // namespace firn::faces
