// QueryPages: runs one query of a consumer and answers a page of it as JSON, NDJSON, CSV, Parquet or Arrow: for
// /v1/query, published functions (/v1/api) and the routes of older clients. Any thread; handlers may block.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/engine.h"
#include "faces/pipeline_face/access.h"
#include "faces/pipeline_face/cursor.h"
#include "faces/pipeline_face/open_cursors.h"
#include "faces/pipeline_face/row_text.h"
#include "http/message.h"
#include "session/binding.h"
#include "session/node.h"
#include "statements/read_query.h"

namespace firn::faces {

constexpr int64_t kPageRowsDefault = 1000;
constexpr int64_t kPageRowsMax = 100'000;
constexpr size_t kPageBytesMax = size_t{64} << 20;  ///< a page of more ends earlier, with a cursor
constexpr int64_t kQuerySecondsDefault = 30;
constexpr int64_t kQuerySecondsMax = 900;

enum class PageFormat : uint8_t { kJson, kNdjson, kCsv, kParquet, kArrow };
/// "json", "ndjson" …; none for another word.
std::optional<PageFormat> PageFormatOf(std::string_view name);

struct QueryAsk {
  std::string sql;
  session::Bindings bindings;
  std::optional<int64_t> limit = kPageRowsDefault;  ///< none: all rows, streamed, without a cursor
  std::string cursor;                               ///< of the page before; "" for the first
  std::string as_of;                                ///< a timestamp; "": now
  PageFormat format = PageFormat::kJson;
  bool big_as_text = false;
  bool published = false;  ///< the text is a published function's call: wrong values are the request's
  /// JSON of older clients: {"data":[{…}],"columns":[…],"row_count":n}, names in lower case; `bare_rows`: the list
  /// alone.
  bool rows_as_objects = false;
  bool bare_rows = false;
  std::string database, schema;  ///< where unqualified names are looked up; none: nowhere
  int64_t timeout_seconds = kQuerySecondsDefault;
};

class QueryPages {
 public:
  QueryPages(session::Node& node, OpenCursors& open);

  /// The rows that the caller may read, or a refusal.
  http::Response Answer(const http::Request& request, const Access& access, const QueryAsk& ask) const;

 private:
  struct Run;
  struct Page;
  std::optional<http::Response> Plan(Run& run) const;
  std::optional<http::Response> PlanCursor(Run& run, statements::ReadQuery::Options* options) const;
  std::string Tag(const Run& run) const;
  http::Response Rows(Run& run) const;
  Status FillText(Run& run, engine::ResultStream& stream, Page* page) const;
  Status FillArrow(Run& run, engine::ResultStream& stream, Page* page) const;
  Status FillParquet(Run& run, Page* page) const;
  http::Response Stream(std::shared_ptr<Run> run) const;

  session::Node& node_;
  const std::string cursor_key_;
  OpenCursors& open_;
};

/// What every route of rows takes in its query.
inline constexpr std::string_view kPageOptions[] = {"as_of", "big", "cursor", "limit", "timeout"};
/// Errors: kInvalidInput.
Status TakePageOptions(const http::Request& request, QueryAsk* ask);

/// `limit=all` is for text, and without cursor. Errors: kInvalidInput.
Status CheckStreaming(const QueryAsk& ask);

using QueryPagesPtr = std::shared_ptr<const QueryPages>;

/// /v1/query.
std::vector<http::Route> QueryRoutes(session::Node& node, session::Sessions& sessions, QueryPagesPtr pages);

}  // namespace firn::faces
