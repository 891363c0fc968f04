#include "pipeline/silver/quarantine.h"

#include "base/errors.h"
#include "base/ids.h"
#include "pipeline/registry/expansion.h"
#include "session/session.h"
#include "sql/printer.h"
#include "statements/run.h"

namespace firn::pipeline {

namespace {

std::string Texts(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + sql::QuoteText(text);
  return list;
}

/// " AND _CODE IN (…) …"
std::string Where(const QuarantineFilter& filter) {
  std::string where;
  auto add = [&](const char* column, const std::string& list) {
    if (!list.empty()) where += std::string(" AND ") + column + " IN (" + list + ")";
  };
  add("_CODE", Texts(filter.codes));
  add("_COLUMN", Texts(filter.columns));
  add("_BATCH_ID", Texts(filter.batches));
  add("_STAGE", Texts(filter.stages));
  add("_STATUS", Texts(filter.statuses));
  std::string seqs;
  for (int64_t seq : filter.seqs) seqs += (seqs.empty() ? "" : ", ") + std::to_string(seq);
  add("_SEQ", seqs);
  return where;
}

/// Statements of one session, until it goes.
class Speaker {
 public:
  Speaker(session::Node& node, const Actor& actor, engine::CancelToken& cancel)
      : session_(node, static_cast<int64_t>(RandomU64() >> 1), actor.user, actor.role), cancel_(cancel) {}

  Result<session::Answer> Run(std::string text) {
    statements::Request request;
    request.text = std::move(text);
    request.query_id = NewQueryId();
    return statements::Run(session_, request, cancel_);
  }
  /// The number of rows that a statement changed.
  Result<int64_t> Change(std::string text) {
    FIRN_ASSIGN(session::Answer answer, Run(std::move(text)));
    if (!answer.counts) return 0;
    return answer.counts->inserted + answer.counts->updated + answer.counts->deleted;
  }
  /// BEGIN, `work`, COMMIT; again after a lost race.
  template <class Work>
  auto Together(Work&& work) -> decltype(work()) {
    constexpr int kTriesMost = 20;
    for (int tries = 1;; ++tries) {
      FIRN_TRY(Run("BEGIN"));
      auto result = work();
      if (result.ok()) {
        auto committed = Run("COMMIT");
        if (committed.ok()) return result;
        if (!committed.error().Is(errors::kConflict) || tries == kTriesMost) return std::move(committed).error();
      } else {
        FIRN_TRY(Run("ROLLBACK"));
        if (!result.error().Is(errors::kConflict) || tries == kTriesMost) return result;
      }
      session_.node().clock->Sleep(std::chrono::milliseconds(tries * 10));
    }
  }

 private:
  session::Session session_;
  engine::CancelToken& cancel_;
};

struct Names {
  explicit Names(const PipelineSpec& spec) : names(spec) {}
  ObjectNames names;
  std::string errors() const { return names.In(kBronzeSchema, names.errors); }
  std::string bronze() const { return names.In(kBronzeSchema, names.bronze); }
};

QuarantinedRow RowOf(const engine::Batch& batch, int64_t row) {
  auto text = [&](int column) { return batch.IsNull(column, row) ? std::string() : batch.Text(column, row); };
  auto number = [&](int column) {
    return batch.IsNull(column, row) ? std::optional<int64_t>() : std::optional<int64_t>(batch.Int64(column, row));
  };
  QuarantinedRow out{.time = number(0).value_or(0),
                     .batch_id = text(2),
                     .op = text(3),
                     .stage = text(4),
                     .code = text(5),
                     .column = text(6),
                     .message = text(7),
                     .status = text(8),
                     .seq = number(1),
                     .schema_version = number(9),
                     .raw = {}};
  const std::string hex = text(10);
  auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.raw += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return out;
}

/// The row's JSON with the patch applied.
std::string Patched(const QuarantinePatch& patch) {
  std::string value = "firn_row";
  for (const auto& [name, json] : patch) {
    const std::string key = sql::QuoteText(name);
    value = json ? "OBJECT_INSERT(" + value + ", " + key + ", PARSE_JSON(" + sql::QuoteText(*json) + "), TRUE)"
                 : "OBJECT_DELETE(" + value + ", " + key + ")";
  }
  return value;
}

}  // namespace

Result<QuarantinePage> ListQuarantine(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                      const QuarantineFilter& filter, const std::optional<QuarantinePlace>& after,
                                      int64_t limit, engine::CancelToken& cancel) {
  Speaker speaker(node, actor, cancel);
  std::string where = " WHERE TRUE" + Where(filter);
  if (after) {
    const std::string time = "DATE_PART(EPOCH_MICROSECOND, _TIME)", at = std::to_string(after->time);
    where += " AND (" + time + " > " + at + " OR (" + time + " = " + at +
             " AND COALESCE(_SEQ, 0) >= " + std::to_string(after->seq) + "))";
  }
  const int64_t skip = after ? after->rows : 0;
  FIRN_ASSIGN(session::Answer answer,
              speaker.Run("SELECT DATE_PART(EPOCH_MICROSECOND, _TIME)::BIGINT, _SEQ::BIGINT, _BATCH_ID, _OP, _STAGE, "
                          "_CODE, _COLUMN, _MESSAGE, _STATUS, _SCHEMA_VERSION::BIGINT, HEX_ENCODE(_RAW) FROM " +
                          Names(spec).errors() + where + " ORDER BY _TIME, COALESCE(_SEQ, 0), _CODE, _MESSAGE LIMIT " +
                          std::to_string(limit + 1) + " OFFSET " + std::to_string(skip)));
  QuarantinePage page;
  bool more = false;
  while (answer.stream) {
    FIRN_ASSIGN(auto batch, answer.stream->Next());
    if (!batch) break;
    for (int64_t row = 0; row < batch->rows(); ++row) {
      more = static_cast<int64_t>(page.rows.size()) == limit;
      if (more) break;
      page.rows.push_back(RowOf(*batch, row));
    }
  }
  if (!more) return page;
  QuarantinePlace next{.time = page.rows.back().time, .seq = page.rows.back().seq.value_or(0), .rows = 0};
  for (const QuarantinedRow& row : page.rows) next.rows += row.time == next.time && row.seq.value_or(0) == next.seq;
  if (after && after->time == next.time && after->seq == next.seq) next.rows += after->rows;
  page.next = next;
  return page;
}

Result<ReplayCounts> ReplayQuarantine(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                      const QuarantineFilter& filter, const QuarantinePatch& patch,
                                      engine::CancelToken& cancel) {
  Speaker speaker(node, actor, cancel);
  const Names names(spec);
  // Rows that come while this goes on are not of it: those that were marked first are.
  const std::string mark = sql::QuoteText("replay " + NewUuid());
  const std::string json = "TRY_PARSE_JSON(TRY_HEX_DECODE_STRING(HEX_ENCODE(_RAW)))";
  return speaker.Together([&]() -> Result<ReplayCounts> {
    ReplayCounts counts;
    FIRN_ASSIGN(int64_t marked, speaker.Change("UPDATE " + names.errors() + " SET _STATUS = " + mark +
                                               " WHERE _STATUS = 'open'" + Where(filter)));
    if (marked == 0) return counts;
    FIRN_ASSIGN(
        counts.replayed,
        speaker.Change("INSERT INTO " + names.bronze() +
                       " (_SEQ, _INGESTED_AT, _BATCH_ID, _CHANNEL, _OFFSET, _OP, _SCHEMA_VERSION, _RAW) SELECT "
                       "_SEQ, CURRENT_TIMESTAMP(), _BATCH_ID, NULL, NULL, COALESCE(firn_new:_op::VARCHAR, _OP), "
                       "_SCHEMA_VERSION, firn_new FROM (SELECT *, " +
                       Patched(patch) + " AS firn_new FROM (SELECT *, " + json + " AS firn_row FROM " + names.errors() +
                       " WHERE _STATUS = " + mark + ") WHERE IS_OBJECT(firn_row) AND _SEQ IS NOT NULL)"));
    FIRN_TRY(speaker.Run("UPDATE " + names.errors() + " SET _STATUS = IFF(IS_OBJECT(" + json +
                         ") AND _SEQ IS NOT NULL, 'replayed', 'open') WHERE _STATUS = " + mark));
    counts.skipped = marked - counts.replayed;
    return counts;
  });
}

Result<int64_t> DiscardQuarantine(session::Node& node, const Actor& actor, const PipelineSpec& spec,
                                  const QuarantineFilter& filter, engine::CancelToken& cancel) {
  Speaker speaker(node, actor, cancel);
  return speaker.Change("UPDATE " + Names(spec).errors() + " SET _STATUS = 'discarded' WHERE _STATUS = 'open'" +
                        Where(filter));
}

}  // namespace firn::pipeline
