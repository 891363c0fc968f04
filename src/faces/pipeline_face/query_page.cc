#include "faces/pipeline_face/query_page.h"

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/errors.h"
#include "base/ids.h"
#include "faces/json_text.h"
#include "faces/pipeline_face/problem.h"
#include "faces/snowflake/arrow_result.h"
#include "faces/snowflake/cell_text.h"
#include "faces/snowflake/rows_batch.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::faces {

namespace {

struct FormatRow {
  std::string_view name;
  const char* content_type;
};
/// In the order of PageFormat.
constexpr FormatRow kFormats[] = {
    {"json", "application/json"},
    {"ndjson", "application/x-ndjson"},
    {"csv", "text/csv; charset=utf-8"},
    {"parquet", "application/vnd.apache.parquet"},
    {"arrow", "application/vnd.apache.arrow.stream"},
};

const FormatRow& RowOf(PageFormat format) { return kFormats[static_cast<size_t>(format)]; }

/// What is asked apart from where it goes on: a cursor is good for the same alone.
std::string RequestHash(const QueryAsk& ask, const Access& access) {
  std::string text = ask.sql + '\0' + ask.as_of + '\0' + access.user + '\0' + ask.database;
  for (const auto& [name, binding] : ask.bindings) {
    text += '\0' + name + '\0' + binding.type;
    for (const auto& value : binding.values) text += '\0' + value.value_or("\1");
  }
  const std::string hash = Sha256(text);
  return HexLower({reinterpret_cast<const uint8_t*>(hash.data()), 16});
}

bool IsMissing(const Error& error) {
  return error.Is(errors::kObjectNotFound) || error.Is(errors::kKindNotFound) || error.Is(errors::kTableNotFound);
}

constexpr int kFirstDataError = 100000, kLastDataError = 199999;  ///< values that do not fit

/// A query that names what is not there is a wrong query, not a wrong address.
http::Response QueryFailure(const http::Request& request, const QueryAsk& ask, const Error& error) {
  const int code = error.row().code;
  if (ask.published && code >= kFirstDataError && code <= kLastDataError) {
    return FailureAnswer(request, error, problems::kBadRequest);
  }
  return IsMissing(error) ? FailureAnswer(request, error, problems::kInvalidSql) : FailureAnswer(request, error);
}

bool IsOneQuery(const std::vector<sql::Statement>& statements) {
  return statements.size() == 1 && statements[0].As<sql::QueryStatement>();
}

bool HoldsTag(std::string_view header, std::string_view tag) {
  return header == "*" || header.find(tag) != std::string_view::npos;
}

std::vector<session::OutputColumn> OutputOf(const std::vector<engine::ResultColumn>& columns) {
  std::vector<session::OutputColumn> out;
  for (const engine::ResultColumn& column : columns) out.push_back({.name = column.name, .type = column.type});
  return out;
}

/// Deletes its file at the end.
struct ScratchFile {
  std::string path;
  ~ScratchFile() { (void)std::remove(path.c_str()); }
};

}  // namespace

std::optional<PageFormat> PageFormatOf(std::string_view name) {
  for (size_t i = 0; i < std::size(kFormats); ++i) {
    if (kFormats[i].name == name) return static_cast<PageFormat>(i);
  }
  return std::nullopt;
}

/// One request while it is worked on. The query ends before its session. `request` and `access` are there until the
/// handler returns, not while an answer streams.
struct QueryPages::Run {
  Run(const http::Request& request, const Access& access, const QueryAsk& ask)
      : request(request), access(access), ask(ask), request_hash(RequestHash(ask, access)), gone(request.gone) {}

  const http::Request& request;
  const Access& access;
  const QueryAsk ask;
  const std::string request_hash;
  std::optional<QueryCursor> cursor;
  std::shared_ptr<const std::atomic<bool>> gone;
  engine::CancelToken cancel;
  std::unique_ptr<session::Session> session;
  std::unique_ptr<statements::ReadQuery> query;
  std::vector<engine::ResultColumn> columns;
  std::unique_ptr<engine::ResultStream> stream;

  int64_t skip() const { return cursor ? cursor->rows : 0; }
};

struct QueryPages::Page {
  std::string body;
  int64_t rows = 0;
  bool more = false;
};

QueryPages::QueryPages(session::Node& node, OpenCursors& open)
    : node_(node), cursor_key_(node.catalog->secrets().DerivedKey("query-cursor")), open_(open) {}

std::optional<http::Response> QueryPages::PlanCursor(Run& run, statements::ReadQuery::Options* options) const {
  const std::string& as_of = run.ask.as_of;
  if (!run.ask.cursor.empty()) {
    run.cursor = ReadCursor(cursor_key_, run.ask.cursor);
    if (!run.cursor) return ProblemAnswer(run.request, problems::kBadCursor, "The cursor was not made here.");
    if (run.cursor->request != run.request_hash) {
      return ProblemAnswer(run.request, problems::kBadCursor,
                           "The cursor belongs to another query or other parameters.");
    }
    options->now = run.cursor->now;
    options->read.snapshots = run.cursor->snapshots;
    return std::nullopt;
  }
  if (as_of.empty()) return std::nullopt;
  std::string text = as_of;
  if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
  auto time = ParseTimestamp(text);
  if (!time)
    return ProblemAnswer(run.request, problems::kBadRequest, "as_of: a timestamp is wanted: 2026-01-31T12:00:00Z");
  options->read.as_of = catalog::TimePoint{.time = time->micros};
  return std::nullopt;
}

/// Plans the query and checks the caller's rights. A response: it ends here.
std::optional<http::Response> QueryPages::Plan(Run& run) const {
  auto parsed = sql::Parse(run.ask.sql);
  if (!parsed.ok()) return QueryFailure(run.request, run.ask, parsed.error());
  if (!IsOneQuery(*parsed)) {
    return ProblemAnswer(run.request, problems::kNotReadOnly, "Exactly one query (SELECT, WITH, VALUES) is wanted.");
  }
  statements::ReadQuery::Options options{.bindings = run.ask.bindings};
  if (auto refusal = PlanCursor(run, &options)) return refusal;
  run.session = std::make_unique<session::Session>(node_, static_cast<int64_t>(RandomU64() >> 1), run.access.user,
                                                   run.access.role);
  run.session->database = run.ask.database;
  run.session->schema = run.ask.schema;
  run.cancel.SetTimeout(run.ask.timeout_seconds);
  auto query = statements::ReadQuery::Plan(*run.session, std::move((*parsed)[0]), std::move(options), run.cancel);
  if (!query.ok()) {
    const bool expired = run.cursor && (query.error().Is(errors::kNoTimeTravel) || IsMissing(query.error()));
    if (expired) return ProblemAnswer(run.request, problems::kCursorExpired, query.error().Message());
    return QueryFailure(run.request, run.ask, query.error());
  }
  run.query = *std::move(query);
  for (const planner::FullName& name : run.query->named()) {
    const std::vector<std::string_view> names{name.database, name.schema, name.name};
    if (!run.access.Allows(Right::kRead, names)) return Forbidden(run.request, run.access, Right::kRead, names);
  }
  if (run.cursor && run.cursor->fingerprint != run.query->fingerprint()) {
    return ProblemAnswer(run.request, problems::kCursorExpired,
                         "A table, view or function of the query was changed since its first page.");
  }
  return std::nullopt;
}

std::string QueryPages::Tag(const Run& run) const {
  if (!run.query->repeatable()) return "";
  std::string text = run.request_hash + run.query->fingerprint() + std::to_string(run.skip()) + "/" +
                     std::to_string(run.ask.limit.value_or(-1)) + "/" + std::string(RowOf(run.ask.format).name) +
                     (run.ask.big_as_text ? "b" : "") + (run.ask.rows_as_objects ? "o" : "") +
                     (run.ask.bare_rows ? "l" : "");
  for (const auto& [table, snapshot] : run.query->snapshots()) {
    text += "/" + table + ":" + (snapshot ? std::to_string(*snapshot) : "");
  }
  const std::string hash = Sha256(text);
  return "W/\"" + HexLower({reinterpret_cast<const uint8_t*>(hash.data()), 16}) + "\"";
}

http::Response QueryPages::Answer(const http::Request& request, const Access& access, const QueryAsk& ask) const {
  auto run = std::make_shared<Run>(request, access, ask);
  if (auto refusal = Plan(*run)) return std::move(*refusal);
  const std::string tag = Tag(*run);
  http::Response response;
  if (!tag.empty() && HoldsTag(request.Header("If-None-Match").value_or(""), tag)) {
    response = http::Response{.status = 304, .content_type = ""};
  } else {
    response = ask.limit ? Rows(*run) : Stream(run);
  }
  if (!tag.empty() && response.status < 400) response.headers.Add("ETag", tag);
  if (response.status < 400) {
    response.headers.Add("Cache-Control", "private, no-cache");
    response.headers.Add("Vary", "Accept, Authorization, x-api-key");
  }
  return response;
}

/// Rows until the page is full; one more than it takes tells whether there is another page.
Status QueryPages::FillText(Run& run, engine::ResultStream& stream, Page* page) const {
  const RowText text(run.columns, run.ask.big_as_text, run.ask.rows_as_objects);
  const bool json = run.ask.format == PageFormat::kJson;
  if (run.ask.format == PageFormat::kCsv) text.CsvHeader(&page->body);
  while (!page->more) {
    if (run.gone && *run.gone) return Error(errors::kCanceled);
    FIRN_ASSIGN(auto batch, stream.Next());
    if (!batch) break;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      if (page->rows == *run.ask.limit || (page->rows > 0 && page->body.size() > kPageBytesMax)) {
        page->more = true;
        break;
      }
      if (json && page->rows > 0) page->body += ',';
      if (run.ask.format == PageFormat::kCsv) {
        text.CsvRow(*batch, row, &page->body);
      } else if (json && !run.ask.rows_as_objects) {
        text.Array(*batch, row, &page->body);
      } else {
        text.Object(*batch, row, &page->body);
      }
      if (run.ask.format == PageFormat::kNdjson) page->body += '\n';
      ++page->rows;
    }
  }
  return Ok();
}

Status QueryPages::FillArrow(Run& run, engine::ResultStream& stream, Page* page) const {
  std::unique_ptr<IpcWriter> writer;
  while (!page->more) {
    if (run.gone && *run.gone) return Error(errors::kCanceled);
    FIRN_ASSIGN(auto batch, stream.Next());
    if (!batch) break;
    if (!writer) {
      FIRN_ASSIGN(writer, IpcWriter::Open(batch->arrow()->schema(), 4096));
    }
    const bool full = page->rows > 0 && writer->size() > kPageBytesMax;
    const int64_t fit = full ? 0 : std::min(batch->rows(), *run.ask.limit - page->rows);
    page->more = fit < batch->rows();
    if (fit > 0) FIRN_TRY(writer->Write(*batch->arrow()->Slice(0, fit)));
    page->rows += fit;
  }
  if (!writer) {
    FIRN_ASSIGN(auto none, BatchOfRows(OutputOf(run.columns), {}));
    FIRN_ASSIGN(writer, IpcWriter::Open(none->schema(), 4096));
  }
  FIRN_ASSIGN(page->body, writer->Finish());
  return Ok();
}

/// DuckDB's own writer, into a file of this process that is read back.
Status QueryPages::FillParquet(Run& run, Page* page) const {
  const ScratchFile file{node_.local_folder + "/spill/" + NewUuid() + ".parquet"};
  engine::Statement statement = run.query->Statement(run.skip(), run.ask.limit);
  statement.sql = "COPY (" + statement.sql + ") TO " + sql::QuoteText(file.path) + " (FORMAT parquet)";
  FIRN_ASSIGN(auto counts, node_.engine->Collect(std::move(statement), run.cancel));
  for (const engine::Batch& batch : counts) page->rows += batch.rows() > 0 ? batch.Int64(0, 0) : 0;
  std::ifstream in(file.path, std::ios::binary);
  page->body.assign(std::istreambuf_iterator<char>(in), {});
  if (!in.good() && !in.eof()) return Error(errors::kStorage, {file.path, "it cannot be read back"});
  if (page->rows < *run.ask.limit) return Ok();
  FIRN_ASSIGN(auto next, run.query->Run(run.skip() + page->rows, 1));
  FIRN_ASSIGN(auto batch, next->Next());
  page->more = batch && batch->rows() > 0;
  return Ok();
}

http::Response QueryPages::Rows(Run& run) const {
  Page page;
  // From here on, so that nothing is given up between this page and the next.
  const std::string name = run.request_hash + "/" + std::to_string(run.query->now());
  open_.Keep(name, run.query->snapshots());
  auto fill = [&]() -> Status {
    FIRN_ASSIGN(run.columns, run.query->Columns());
    if (run.ask.format == PageFormat::kParquet) return FillParquet(run, &page);
    FIRN_ASSIGN(run.stream, run.query->Run(run.skip(), *run.ask.limit + 1));
    Status filled =
        run.ask.format == PageFormat::kArrow ? FillArrow(run, *run.stream, &page) : FillText(run, *run.stream, &page);
    run.stream = nullptr;
    return filled;
  };
  const Status filled = fill();
  if (filled.ok() ? !page.more : !run.cursor) open_.Forget(name);
  if (!filled.ok()) return QueryFailure(run.request, run.ask, filled.error());
  std::string next;
  if (page.more) {
    next = SignCursor(cursor_key_, {run.request_hash, run.query->fingerprint(), run.query->now(),
                                    run.skip() + page.rows, run.query->snapshots()});
  }
  http::Response response;
  response.content_type = RowOf(run.ask.format).content_type;
  if (run.ask.bare_rows) {
    response.body = "[" + page.body + "]";
  } else if (run.ask.format == PageFormat::kJson) {
    response.body = "{\"columns\":" + RowText(run.columns, false, run.ask.rows_as_objects).Columns() +
                    (run.ask.rows_as_objects ? ",\"data\":[" : ",\"rows\":[") + page.body +
                    "],\"row_count\":" + std::to_string(page.rows) + ",\"cursor\":";
    AppendJsonStringOrNull(next, &response.body);
    response.body += '}';
  } else {
    response.body = std::move(page.body);
  }
  response.headers.Add("X-Row-Count", std::to_string(page.rows));
  if (!next.empty()) response.headers.Add("X-Next-Cursor", next);
  response.gzip = run.ask.format <= PageFormat::kCsv;
  return response;
}

/// All rows in one answer, a batch at a time.
http::Response QueryPages::Stream(std::shared_ptr<Run> run) const {
  auto start = [&]() -> Status {
    FIRN_ASSIGN(run->columns, run->query->Columns());
    FIRN_ASSIGN(run->stream, run->query->Run(0, std::nullopt));
    return Ok();
  };
  if (Status started = start(); !started.ok()) return QueryFailure(run->request, run->ask, started.error());
  http::Response response;
  response.content_type = RowOf(run->ask.format).content_type;
  response.gzip = true;
  auto text = std::make_shared<const RowText>(run->columns, run->ask.big_as_text);
  const bool csv = run->ask.format == PageFormat::kCsv;
  response.stream = [run = std::move(run), text, csv, first = true]() mutable -> Result<std::optional<std::string>> {
    std::string piece;
    if (std::exchange(first, false) && csv) text->CsvHeader(&piece);
    if (run->gone && *run->gone) return Error(errors::kCanceled);
    do {  // an empty batch is no piece
      FIRN_ASSIGN(auto batch, run->stream->Next());
      if (!batch) return piece.empty() ? std::nullopt : std::optional(std::move(piece));
      for (int64_t row = 0; row < batch->rows(); ++row) {
        if (csv) {
          text->CsvRow(*batch, row, &piece);
        } else {
          text->Object(*batch, row, &piece);
          piece += '\n';
        }
      }
    } while (piece.empty());
    return std::optional(std::move(piece));
  };
  return response;
}

}  // namespace firn::faces
