#include "sql/printer.h"

#include "sql/print.h"

namespace firn::sql {

std::string QuoteIdent(std::string_view name) {
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

// DuckDB's parser ends at a NUL byte, so NUL is put in by chr(0).
std::string QuoteText(std::string_view text) {
  std::string quoted = "'";
  bool nul = false;
  for (char c : text) {
    if (c == '\0') {
      quoted += "' || chr(0) || '";
      nul = true;
      continue;
    }
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  quoted += "'";
  return nul ? "(" + quoted + ")" : quoted;
}

std::string Print(const Expr& expr) {
  Writer writer;
  writer.Write(expr);
  return writer.Take();
}

std::string Print(const Query& query) {
  Writer writer;
  writer.Write(query);
  return writer.Take();
}

std::string Print(const Relation& relation) {
  Writer writer;
  writer.Write(relation);
  return writer.Take();
}

}  // namespace firn::sql
