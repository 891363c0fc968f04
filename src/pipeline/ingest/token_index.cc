#include "pipeline/ingest/token_index.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>

namespace firn::pipeline {

namespace {

constexpr size_t kSmallest = 16 << 10;
constexpr size_t kMaxDepth = 16;  // of simdjson's second stage, which is not used

}  // namespace

struct TokenIndex::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
};

TokenIndex::TokenIndex() : parser_(std::make_unique<Parser>()) {}
TokenIndex::~TokenIndex() = default;

IndexFault TokenIndex::Build(std::string_view text) {
  tokens_ = {};
  if (text.empty()) return IndexFault::kNone;
  auto& stages = parser_->stages;
  if (!stages || stages->capacity() < text.size()) {
    const size_t capacity = std::bit_ceil(std::max(text.size(), kSmallest));
    auto failure =
        stages ? stages->allocate(capacity, kMaxDepth)
               : simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, kMaxDepth, stages);
    if (failure != simdjson::SUCCESS) {
      stages.reset();
      return IndexFault::kNoMemory;
    }
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const simdjson::error_code failure = stages->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  switch (failure) {
    case simdjson::SUCCESS:
    case simdjson::UTF8_ERROR:
      tokens_ = {stages->structural_indexes.get(), stages->n_structural_indexes};
      return failure == simdjson::SUCCESS ? IndexFault::kNone : IndexFault::kInvalidUtf8;
    case simdjson::EMPTY:
      return IndexFault::kNone;
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
      return IndexFault::kNoMemory;
    default:
      return IndexFault::kBadString;
  }
}

bool IsUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace firn::pipeline
