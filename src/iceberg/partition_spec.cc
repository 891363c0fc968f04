#include "iceberg/partition_spec.h"

#include <algorithm>

#include "base/errors.h"
#include "iceberg/json.h"

namespace firn::iceberg {

namespace {

std::string FieldJson(const PartitionField& field) {
  ObjectWriter writer;
  writer.Add("source-id", field.source_id).Add("field-id", field.field_id);
  writer.Add("name", std::string_view(field.name)).Add("transform", std::string_view(field.transform.Text()));
  return writer.Take();
}

/// "source-id", or the one of "source-ids"; of a transform of several columns (which is unknown to Firn) the first.
int ReadSourceId(Members* members) {
  if (members->Find("source-id")) return members->Int("source-id");
  const auto* ids = members->MaybeArray("source-ids");
  if (!ids || ids->empty() || !(*ids)[0].is_int64()) {
    members->Fault("lacks 'source-id'");
    return 0;
  }
  return static_cast<int>((*ids)[0].get_int64());
}

std::string DefaultName(const std::string& column, const Transform& transform) {
  using K = Transform::Kind;
  switch (transform.kind) {
    case K::kIdentity:
      return column;
    case K::kBucket:
      return column + "_bucket_" + std::to_string(transform.parameter);
    case K::kTruncate:
      return column + "_trunc_" + std::to_string(transform.parameter);
    case K::kVoid:
      return column + "_null";
    default:
      return column + "_" + transform.Text();
  }
}

}  // namespace

bool PartitionSpec::IsUnpartitioned() const {
  return std::all_of(fields.begin(), fields.end(),
                     [](const PartitionField& field) { return field.transform.kind == Transform::Kind::kVoid; });
}

bool PartitionSpec::SameFields(const PartitionSpec& other) const {
  return std::equal(fields.begin(), fields.end(), other.fields.begin(), other.fields.end(),
                    [](const PartitionField& a, const PartitionField& b) {
                      return a.source_id == b.source_id && a.transform == b.transform && a.name == b.name;
                    });
}

Type PartitionSpec::ResultType(const Schema& schema, size_t index) const {
  const Field* source = schema.FindById(fields[index].source_id);
  if (!source && fields[index].transform.kind == Transform::Kind::kVoid) return Type::Of(Kind::kInt);
  return fields[index].transform.ResultType(source ? source->type : Type::Of(Kind::kString));
}

std::string PartitionSpec::FieldsToJson() const { return JsonArray(fields, FieldJson); }

std::string PartitionSpec::ToJson() const {
  return ObjectWriter().Add("spec-id", spec_id).AddRaw("fields", FieldsToJson()).Take();
}

Result<PartitionSpec> ReadPartitionSpec(const boost::json::value& json, std::string_view name) {
  PartitionSpec spec;
  const boost::json::array* fields = json.if_array();
  if (!fields) {
    Members members(json, name, "a partition spec");
    spec.spec_id = members.MaybeInt("spec-id").value_or(0);
    fields = &members.Array("fields");
    FIRN_TRY(members.status());
  }
  int next_id = 1000;
  for (const auto& item : *fields) {
    Members members(item, name, "a partition field");
    PartitionField field;
    field.source_id = ReadSourceId(&members);
    // v1 metadata may lack the ids, which are then counted from 1000.
    field.field_id = members.MaybeInt("field-id").value_or(next_id);
    field.name = members.String("name");
    field.transform = ParseTransform(members.String("transform"));
    FIRN_TRY(members.status());
    next_id = field.field_id + 1;
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

Result<PartitionSpec> ParsePartitionSpec(std::string_view json, std::string_view name) {
  FIRN_ASSIGN(auto parsed, ParseJson(json, name));
  return ReadPartitionSpec(parsed, name);
}

Result<int> CompleteSpec(PartitionSpec* spec, const Schema& schema, int last_partition_id) {
  for (size_t i = 0; i < spec->fields.size(); ++i) {
    PartitionField& field = spec->fields[i];
    const Field* source = schema.FindById(field.source_id);
    if (!source) return Error(errors::kInvalidInput, {"a partition field has no source column"});
    if (!field.transform.CanTransform(source->type)) {
      return Error(errors::kInvalidInput, {"column '" + source->name + "' of type " + source->type.Text() +
                                           " cannot be partitioned by " + field.transform.Text()});
    }
    for (size_t j = 0; j < i; ++j) {
      if (spec->fields[j].source_id == field.source_id && spec->fields[j].transform == field.transform) {
        return Error(errors::kInvalidInput,
                     {"column '" + source->name + "' is partitioned by " + field.transform.Text() + " twice"});
      }
    }
    if (field.name.empty()) {
      field.name = DefaultName(source->name, field.transform);
      auto taken = [&] {
        const Field* column = schema.FindByName(field.name);
        bool of_column = column && !(field.transform.kind == Transform::Kind::kIdentity && column->id == source->id);
        return of_column || std::any_of(spec->fields.begin(), spec->fields.begin() + static_cast<std::ptrdiff_t>(i),
                                        [&](const PartitionField& other) { return other.name == field.name; });
      };
      while (taken()) field.name += "_p";
    }
    if (field.field_id == 0) field.field_id = ++last_partition_id;
    last_partition_id = std::max(last_partition_id, field.field_id);
  }
  return last_partition_id;
}

std::string SortOrder::ToJson() const {
  auto text = [](const SortField& field) {
    ObjectWriter writer;
    writer.Add("transform", std::string_view(field.transform.Text())).Add("source-id", field.source_id);
    writer.Add("direction", field.ascending ? "asc" : "desc");
    writer.Add("null-order", field.nulls_first ? "nulls-first" : "nulls-last");
    return writer.Take();
  };
  return ObjectWriter().Add("order-id", order_id).AddRaw("fields", JsonArray(fields, text)).Take();
}

Result<SortOrder> ReadSortOrder(const boost::json::value& json, std::string_view name) {
  Members order_members(json, name, "a sort order");
  SortOrder order;
  order.order_id = order_members.Int("order-id");
  const auto& fields = order_members.Array("fields");
  FIRN_TRY(order_members.status());
  for (const auto& item : fields) {
    Members members(item, name, "a sort field");
    SortField field;
    field.source_id = ReadSourceId(&members);
    field.transform = ParseTransform(members.String("transform"));
    std::string direction = members.String("direction");
    std::string nulls = members.String("null-order");
    if (direction != "asc" && direction != "desc") members.Fault("has an unknown direction");
    if (nulls != "nulls-first" && nulls != "nulls-last") members.Fault("has an unknown null order");
    FIRN_TRY(members.status());
    field.ascending = direction == "asc";
    field.nulls_first = nulls == "nulls-first";
    order.fields.push_back(std::move(field));
  }
  return order;
}

Result<SortOrder> ParseSortOrder(std::string_view json, std::string_view name) {
  FIRN_ASSIGN(auto parsed, ParseJson(json, name));
  return ReadSortOrder(parsed, name);
}

}  // namespace firn::iceberg
