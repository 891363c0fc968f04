// How a column is described to drivers: the rowtype member of the answer, and the metadata of its Arrow field.
// Source: the drivers' own decoders (protocol reference, sections 2.1 and 4). Pure; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "session/answer.h"

namespace arrow {
class Field;
}

namespace firn::faces {

/// {"name":"ID","database":"DB",…,"type":"fixed","scale":0,"precision":38,…}
void AppendRowType(const session::OutputColumn& column, std::string* out);

/// Fraction digits of TIME and timestamps as the wire knows them (0-9); 0 for other types.
int WireScale(const SqlType& type);

/// Whether timestamps of this type travel as struct{epoch, fraction}: int64 nanoseconds end in 2262.
inline bool IsStructTimestamp(const SqlType& type) { return type.IsTimestamp() && WireScale(type) > 7; }

/// The Arrow field that a column becomes, with the metadata that drivers need. `as_int64`: FIXED as scaled integers
/// (else decimal128); other types ignore it.
std::shared_ptr<arrow::Field> WireField(const session::OutputColumn& column, bool as_int64);

}  // namespace firn::faces
