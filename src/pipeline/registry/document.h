// DocNode: a YAML or JSON document as one tree of values with their places, so that one reader (spec_reader.h) makes
// specs of both and says where something is wrong. For this room; pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace firn::pipeline {

inline constexpr size_t kDocumentBytesMax = 1 << 20;
inline constexpr size_t kDocumentNodesMax = 50000;  ///< with aliases written out
inline constexpr int kDocumentDepthMax = 32;

struct DocField;

struct DocNode {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a text for certain; else it may be read as a number or truth value
  std::vector<DocNode> items;
  std::vector<DocField> fields;  ///< in order, each name once
  Position at;                   ///< line and column from 1; line 0 for JSON

  const DocNode* Find(std::string_view name) const;
};

struct DocField {
  std::string name;
  DocNode node;
};

/// Errors of both: kInvalidInput naming the place; kLimit.
Result<DocNode> ParseYaml(std::string_view text);
Result<DocNode> ParseJson(std::string_view text);

}  // namespace firn::pipeline
