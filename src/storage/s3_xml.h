// The two kinds of XML that S3 answers with: a page of ListObjectsV2, and an error. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/store.h"

namespace firn::storage {

struct S3ListPage {
  std::vector<ObjectInfo> objects;  ///< with whole keys as paths, decoded
  bool truncated = false;
  std::string next_token;
};

/// `where` names the listing in errors. Errors: kStorage (not such a page).
Result<S3ListPage> ParseS3ListPage(std::string_view xml, const std::string& where);

struct S3ErrorBody {
  std::string code;  ///< "NoSuchKey"; empty where the body is no S3 error
  std::string message;
};
S3ErrorBody ParseS3Error(std::string_view xml);

}  // namespace firn::storage
