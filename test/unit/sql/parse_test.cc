// Statements: one test at least for each verb, and the errors with their places.
#include <gtest/gtest.h>

#include "base/errors.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace firn::sql {
namespace {

Statement One(const std::string& text) {
  Result<std::vector<Statement>> statements = Parse(text);
  if (!statements.ok()) {
    ADD_FAILURE() << text << ": " << statements.error().Message();
    return {};
  }
  EXPECT_EQ(statements->size(), 1u) << text;
  return std::move(statements->front());
}

template <class T>
T As(const std::string& text) {
  Statement statement = One(text);
  T* node = statement.As<T>();
  if (node == nullptr) {
    ADD_FAILURE() << text << " is another statement";
    return T();
  }
  return std::move(*node);
}

// For verbs without a default constructor.
template <class T>
T* Node(Statement& statement) {
  T* node = statement.As<T>();
  EXPECT_NE(node, nullptr) << statement.text;
  return node;
}

std::string Message(const std::string& text) {
  Result<std::vector<Statement>> statements = Parse(text);
  return statements.ok() ? "accepted" : statements.error().Message();
}

// --- DML -------------------------------------------------------------------------------------------------------------

TEST(Parse, Insert) {
  Insert insert = As<Insert>("INSERT OVERWRITE INTO db.s.t (a, \"b\") VALUES (1, DEFAULT), (2, 'x')");
  EXPECT_EQ(insert.target.Text(), "DB.S.T");
  EXPECT_TRUE(insert.overwrite);
  ASSERT_EQ(insert.columns.size(), 2u);
  EXPECT_EQ(insert.columns[1].text, "b");
  const Values& values = std::get<Values>(insert.source->body);
  ASSERT_EQ(values.rows.size(), 2u);
  EXPECT_NE(values.rows[0][1]->As<DefaultValue>(), nullptr);

  EXPECT_EQ(Print(*As<Insert>("INSERT INTO t SELECT a FROM s").source), R"(SELECT "A" AS "A" FROM "S")");
  EXPECT_EQ(Print(*As<Insert>("INSERT INTO t (a) (SELECT 1)").source), R"(SELECT 1 AS "1")");
  EXPECT_EQ(Print(*As<Insert>("INSERT INTO t (SELECT 1)").source), R"(SELECT 1 AS "1")");
  EXPECT_EQ(As<Insert>("INSERT INTO t WITH c AS (SELECT 1) SELECT * FROM c").source->with.size(), 1u);
  EXPECT_EQ(One("INSERT INTO t VALUES (?, ?)").binds, 2);
  EXPECT_EQ(One("INSERT INTO t VALUES (:1, :3)").binds, 3);
}

TEST(Parse, MultiInsert) {
  MultiInsert all = As<MultiInsert>("INSERT ALL INTO a INTO b (x) VALUES (y) SELECT x, y FROM s");
  EXPECT_FALSE(all.conditional);
  ASSERT_EQ(all.branches.size(), 1u);
  EXPECT_EQ(all.branches[0].into.size(), 2u);
  MultiInsert first =
      As<MultiInsert>("INSERT OVERWRITE FIRST WHEN x > 1 THEN INTO a WHEN x > 2 THEN INTO b ELSE INTO c SELECT 1 x");
  EXPECT_TRUE(first.first && first.overwrite && first.conditional);
  ASSERT_EQ(first.branches.size(), 3u);
  EXPECT_EQ(first.branches[2].when, nullptr);
}

TEST(Parse, UpdateAndDelete) {
  Update update = As<Update>("UPDATE t x SET x.a = 1, b = DEFAULT FROM s, r WHERE x.k = s.k");
  EXPECT_EQ(update.alias->text, "X");
  ASSERT_EQ(update.assignments.size(), 2u);
  EXPECT_EQ(update.assignments[0].qualifier[0].text, "X");
  EXPECT_EQ(update.assignments[0].column.text, "A");
  EXPECT_NE(update.assignments[1].value->As<DefaultValue>(), nullptr);
  EXPECT_EQ(Print(*update.from), R"("S" CROSS JOIN "R")");
  ASSERT_NE(update.where, nullptr);

  Delete erase = As<Delete>("DELETE FROM t AS x USING s WHERE x.k = s.k");
  EXPECT_EQ(erase.alias->text, "X");
  EXPECT_EQ(Print(*erase.using_relation), R"("S")");
  EXPECT_EQ(As<Delete>("DELETE FROM t").where, nullptr);
}

TEST(Parse, Merge) {
  Merge merge = As<Merge>(
      "MERGE INTO t USING (SELECT * FROM s) AS s ON t.k = s.k "
      "WHEN MATCHED AND s.d THEN DELETE "
      "WHEN MATCHED THEN UPDATE SET t.a = s.a, b = DEFAULT "
      "WHEN NOT MATCHED BY SOURCE THEN UPDATE ALL BY NAME "
      "WHEN NOT MATCHED THEN INSERT (k, a) VALUES (s.k, DEFAULT)");
  ASSERT_EQ(merge.clauses.size(), 4u);
  EXPECT_NE(merge.clauses[0].condition, nullptr);
  EXPECT_TRUE(std::holds_alternative<MergeDelete>(merge.clauses[0].action));
  EXPECT_EQ(std::get<MergeUpdate>(merge.clauses[1].action).assignments.size(), 2u);
  EXPECT_EQ(merge.clauses[2].when, MergeClause::When::kNotMatchedBySource);
  EXPECT_TRUE(std::holds_alternative<MergeUpdateAllByName>(merge.clauses[2].action));
  EXPECT_EQ(std::get<MergeInsert>(merge.clauses[3].action).columns.size(), 2u);
  Merge by_name = As<Merge>("MERGE INTO t x USING s ON x.k = s.k WHEN NOT MATCHED THEN INSERT ALL BY NAME");
  EXPECT_TRUE(std::holds_alternative<MergeInsertAllByName>(by_name.clauses[0].action));
}

TEST(Parse, Truncate) {
  EXPECT_EQ(As<Truncate>("TRUNCATE TABLE IF EXISTS s.t").name.Text(), "S.T");
  EXPECT_FALSE(As<Truncate>("TRUNCATE t").if_exists);
}

TEST(Parse, CopyIntoTable) {
  CopyIntoTable copy = As<CopyIntoTable>(
      "COPY INTO t (a, b) FROM @db.s.\"My stage\"/dir/x=1/ FILES = ('a.csv', 'b.csv') PATTERN = '.*[.]csv' "
      "FILE_FORMAT = (TYPE = CSV SKIP_HEADER = 1, NULL_IF = ('', 'NA') FIELD_DELIMITER = '|') "
      "ON_ERROR = SKIP_FILE_10% PURGE = TRUE SIZE_LIMIT = 100 MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE");
  EXPECT_EQ(copy.columns.size(), 2u);
  EXPECT_EQ(copy.from.kind, StageLocation::Kind::kNamed);
  EXPECT_EQ(copy.from.name.Text(), "DB.S.My stage");
  EXPECT_EQ(copy.from.path, "dir/x=1/");
  EXPECT_EQ(copy.files.size(), 2u);
  EXPECT_EQ(*copy.pattern, ".*[.]csv");
  EXPECT_TRUE(FindOption(copy.file_format.options, "TYPE")->value.Is("csv"));
  EXPECT_EQ(FindOption(copy.file_format.options, "NULL_IF")->value.items.size(), 2u);
  EXPECT_EQ(FindOption(copy.options, "ON_ERROR")->value.text, "SKIP_FILE_10%");
  EXPECT_EQ(FindOption(copy.options, "PURGE")->value.kind, OptionValue::Kind::kBoolean);
  EXPECT_EQ(FindOption(copy.options, "SIZE_LIMIT")->value.text, "100");

  CopyIntoTable query = As<CopyIntoTable>(
      "COPY INTO t FROM (SELECT $1, x.$2::INT FROM @s/f.csv (FILE_FORMAT => 'ff') x) FILE_FORMAT = (FORMAT_NAME = "
      "s.ff)");
  ASSERT_NE(query.transformation, nullptr);
  EXPECT_EQ(query.from.path, "f.csv");
  EXPECT_EQ(query.file_format.name->Text(), "S.FF");
  CopyIntoTable url = As<CopyIntoTable>("COPY INTO t FROM 'file:///data/x.csv'");
  EXPECT_EQ(url.from.kind, StageLocation::Kind::kUrl);
  EXPECT_EQ(url.from.path, "file:///data/x.csv");
  CopyIntoTable own = As<CopyIntoTable>("COPY INTO t FILE_FORMAT = 'ff'");
  EXPECT_EQ(own.from.kind, StageLocation::Kind::kTable);
  EXPECT_EQ(own.file_format.name->Text(), "FF");
}

TEST(Parse, CopyIntoLocation) {
  CopyIntoLocation copy = As<CopyIntoLocation>(
      "COPY INTO @~/out FROM (SELECT 1) PARTITION BY (a) FILE_FORMAT = (TYPE = PARQUET) HEADER = TRUE");
  EXPECT_EQ(copy.target.kind, StageLocation::Kind::kUser);
  EXPECT_EQ(copy.target.path, "out");
  EXPECT_NE(copy.query, nullptr);
  EXPECT_NE(copy.partition_by, nullptr);
  EXPECT_EQ(As<CopyIntoLocation>("COPY INTO @%t FROM t").table->Text(), "T");
}

// --- CREATE ----------------------------------------------------------------------------------------------------------

TEST(Parse, CreateTable) {
  CreateTable table = As<CreateTable>(
      "CREATE OR REPLACE TRANSIENT TABLE db.s.t (id INT AUTOINCREMENT START 5 INCREMENT 2 NOORDER NOT NULL COMMENT "
      "'the id', "
      "name VARCHAR(20) DEFAULT UPPER('x') || 'y' COLLATE 'en-ci', at TIMESTAMP WITH TIME ZONE NULL, "
      "ref INT REFERENCES o (id) ON DELETE CASCADE, u NUMBER(10,2) UNIQUE NOT ENFORCED, k INT CONSTRAINT pk PRIMARY "
      "KEY, "
      "case INT IDENTITY (1, 1), CONSTRAINT c UNIQUE (id, name), FOREIGN KEY (ref) REFERENCES o (id) RELY) "
      "CLUSTER BY (TRUNC(at, 'DAY'), name) DATA_RETENTION_TIME_IN_DAYS = 3 ICEBERG_VERSION = 2 COPY GRANTS COMMENT = "
      "'hi'");
  EXPECT_EQ(table.mode, CreateMode::kOrReplace);
  EXPECT_EQ(table.persistence, Persistence::kTransient);
  ASSERT_EQ(table.columns.size(), 7u);
  EXPECT_EQ(table.columns[0].type->id, TypeId::kInteger);
  EXPECT_EQ(table.columns[0].identity->start, 5);
  EXPECT_EQ(table.columns[0].identity->step, 2);
  EXPECT_TRUE(table.columns[0].not_null);
  EXPECT_EQ(*table.columns[0].comment, "the id");
  EXPECT_EQ(table.columns[1].default_text, "UPPER('x') || 'y' COLLATE 'en-ci'");
  EXPECT_EQ(table.columns[2].type->id, TypeId::kTimestampTz);
  EXPECT_EQ(table.columns[3].references->table.Text(), "O");
  EXPECT_TRUE(table.columns[4].unique);
  EXPECT_TRUE(table.columns[5].primary_key && table.columns[5].not_null);
  EXPECT_EQ(table.columns[6].name.text, "CASE");
  ASSERT_EQ(table.constraints.size(), 2u);
  EXPECT_EQ(table.constraints[1].kind, TableConstraint::Kind::kForeignKey);
  EXPECT_EQ(table.cluster_by.size(), 2u);
  EXPECT_EQ(table.cluster_by_text, "(TRUNC(at, 'DAY'), name)");
  EXPECT_TRUE(table.copy_grants);
  EXPECT_EQ(FindOption(table.options, "COMMENT")->value.text, "hi");
  EXPECT_EQ(FindOption(table.options, "ICEBERG_VERSION")->value.text, "2");

  CreateTable as = As<CreateTable>("CREATE TABLE t (a, b) CLUSTER BY (a) AS SELECT 1, 2 -- tail");
  EXPECT_EQ(as.as_text, "SELECT 1, 2");
  EXPECT_FALSE(as.columns[0].type);
  EXPECT_EQ(As<CreateTable>("CREATE TEMP TABLE IF NOT EXISTS t AS (SELECT 1 a)").persistence, Persistence::kTemporary);
  CreateTable iceberg = As<CreateTable>("CREATE ICEBERG TABLE t METADATA_FILE_PATH = 'file:///x/v1.metadata.json'");
  EXPECT_TRUE(iceberg.iceberg);
  EXPECT_TRUE(iceberg.columns.empty());
  EXPECT_TRUE(As<CreateTable>("create table if not exists t (auto number, limit number, primary number, unique_ int)")
                  .constraints.empty());
}

TEST(Parse, CreateTableLikeAndClone) {
  EXPECT_EQ(As<CreateTableLike>("CREATE TABLE a LIKE s.b COPY GRANTS").source.Text(), "S.B");
  Statement statement = One("CREATE OR REPLACE TABLE a CLONE b BEFORE (STATEMENT => 'id') COPY GRANTS");
  CreateClone* clone = Node<CreateClone>(statement);
  EXPECT_EQ(clone->kind, ObjectKind::kTable);
  EXPECT_TRUE(clone->travel->before);
  EXPECT_EQ(clone->travel->kind, TimeTravel::Kind::kStatement);
  Statement schema = One("CREATE SCHEMA a CLONE b AT (OFFSET => -60 * 5)");
  EXPECT_EQ(Node<CreateClone>(schema)->kind, ObjectKind::kSchema);
  Statement database = One("CREATE DATABASE a CLONE b");
  EXPECT_EQ(Node<CreateClone>(database)->kind, ObjectKind::kDatabase);
}

TEST(Parse, CreateContainers) {
  CreateDatabase database =
      As<CreateDatabase>("CREATE TRANSIENT DATABASE IF NOT EXISTS d DATA_RETENTION_TIME_IN_DAYS = 0");
  EXPECT_TRUE(database.transient);
  EXPECT_EQ(database.mode, CreateMode::kIfNotExists);
  CreateSchema schema = As<CreateSchema>("CREATE SCHEMA d.s WITH MANAGED ACCESS COMMENT = 'c'");
  EXPECT_TRUE(schema.managed_access);
  EXPECT_EQ(schema.name.Text(), "D.S");
}

TEST(Parse, CreateView) {
  CreateView view = As<CreateView>(
      "CREATE OR REPLACE SECURE VIEW v (a COMMENT 'first', b) COMMENT = 'view' COPY GRANTS AS\n  SELECT /* x */ a, b "
      "FROM t ;");
  EXPECT_TRUE(view.secure && view.copy_grants);
  EXPECT_EQ(*view.columns[0].comment, "first");
  EXPECT_EQ(view.query_text, "SELECT /* x */ a, b FROM t");
  EXPECT_EQ(FindOption(view.options, "COMMENT")->value.text, "view");
}

TEST(Parse, CreateTheRest) {
  CreateSequence sequence = As<CreateSequence>("CREATE SEQUENCE s START WITH 5 INCREMENT BY = -2 ORDER COMMENT = 'x'");
  EXPECT_EQ(sequence.start, 5);
  EXPECT_EQ(sequence.increment, -2);
  EXPECT_EQ(sequence.ordered, true);
  CreateStage stage = As<CreateStage>(
      "CREATE TEMPORARY STAGE s URL = 'file:///d/' FILE_FORMAT = (TYPE = JSON) DIRECTORY = (ENABLE = TRUE)");
  EXPECT_TRUE(stage.temporary);
  EXPECT_EQ(stage.file_format.options.size(), 1u);
  EXPECT_EQ(FindOption(stage.options, "DIRECTORY")->value.kind, OptionValue::Kind::kOptions);
  CreateFileFormat format =
      As<CreateFileFormat>("CREATE FILE FORMAT f TYPE = 'CSV', FIELD_DELIMITER = '\\t' TRIM_SPACE = FALSE");
  EXPECT_EQ(FindOption(format.options, "FIELD_DELIMITER")->value.text, "\t");
  EXPECT_EQ(As<CreateWarehouse>("CREATE WAREHOUSE w WITH WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60").options.size(),
            2u);
  EXPECT_EQ(As<CreateUser>("CREATE USER u PASSWORD = 'p' DEFAULT_ROLE = r MUST_CHANGE_PASSWORD = FALSE").options.size(),
            3u);
  EXPECT_EQ(As<CreateRole>("CREATE ROLE IF NOT EXISTS r COMMENT = 'c'").name.Text(), "R");
}

// --- ALTER -----------------------------------------------------------------------------------------------------------

template <class Action>
Action TableAction(const std::string& tail) {
  AlterTable alter = As<AlterTable>("ALTER TABLE IF EXISTS t " + tail);
  if (alter.actions.size() != 1 || !std::holds_alternative<Action>(alter.actions[0])) {
    ADD_FAILURE() << tail;
    return Action();
  }
  return std::move(std::get<Action>(alter.actions[0]));
}

TEST(Parse, AlterTable) {
  AddColumns add = TableAction<AddColumns>("ADD COLUMN IF NOT EXISTS a INT DEFAULT 1, b VARCHAR NOT NULL");
  EXPECT_EQ(add.columns.size(), 2u);
  EXPECT_TRUE(add.if_not_exists);
  EXPECT_EQ(TableAction<DropColumns>("DROP COLUMN IF EXISTS a, b").columns.size(), 2u);
  EXPECT_EQ(TableAction<RenameColumn>("RENAME COLUMN a TO b").to.text, "B");
  EXPECT_EQ(TableAction<RenameTo>("RENAME TO s.x").name.Text(), "S.X");
  EXPECT_EQ(TableAction<SwapWith>("SWAP WITH x").name.Text(), "X");
  EXPECT_EQ(TableAction<SetOptions>("SET COMMENT = 'x' ENABLE_SCHEMA_EVOLUTION = TRUE").options.size(), 2u);
  EXPECT_EQ(TableAction<UnsetOptions>("UNSET COMMENT, DATA_RETENTION_TIME_IN_DAYS").names.size(), 2u);
  EXPECT_EQ(TableAction<SetClusterBy>("CLUSTER BY (a, DATE_TRUNC('day', b))").keys.size(), 2u);
  TableAction<DropClusteringKey>("DROP CLUSTERING KEY");
  AlterTable recluster = As<AlterTable>("ALTER TABLE t RESUME RECLUSTER");
  EXPECT_TRUE(std::get<SetRecluster>(recluster.actions[0]).resume);
  AlterTable constraint = As<AlterTable>("ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a, b)");
  EXPECT_EQ(std::get<AddConstraint>(constraint.actions[0]).constraint.columns.size(), 2u);
  EXPECT_EQ(TableAction<DropConstraint>("DROP CONSTRAINT c").name->text, "C");
  EXPECT_FALSE(TableAction<DropConstraint>("DROP PRIMARY KEY").name);
  EXPECT_EQ(TableAction<RenameConstraint>("RENAME CONSTRAINT a TO b").from.text, "A");
  EXPECT_TRUE(As<AlterTable>("ALTER ICEBERG TABLE t RENAME TO u").iceberg);
}

TEST(Parse, AlterColumns) {
  AlterTable alter = As<AlterTable>(
      "ALTER TABLE t ALTER COLUMN a SET DATA TYPE VARCHAR(30), COLUMN b DROP NOT NULL, c SET DEFAULT 1 + 1, "
      "d DROP DEFAULT, e SET NOT NULL, f COMMENT 'x', g UNSET COMMENT");
  ASSERT_EQ(alter.actions.size(), 7u);
  auto change = [&](size_t i) -> auto& { return std::get<AlterColumn>(alter.actions[i]).change; };
  EXPECT_EQ(std::get<SetDataType>(change(0)).type.length, 30);
  EXPECT_TRUE(std::holds_alternative<DropNotNull>(change(1)));
  EXPECT_EQ(std::get<SetDefault>(change(2)).text, "1 + 1");
  EXPECT_TRUE(std::holds_alternative<DropDefault>(change(3)));
  EXPECT_TRUE(std::holds_alternative<SetNotNull>(change(4)));
  EXPECT_EQ(std::get<SetComment>(change(5)).text, "x");
  EXPECT_EQ(std::get<SetComment>(change(6)).text, "");
  EXPECT_EQ(As<AlterTable>("ALTER TABLE t MODIFY (a TYPE INT, b NOT NULL)").actions.size(), 2u);
}

TEST(Parse, AlterTheRest) {
  AlterView view = As<AlterView>("ALTER VIEW v SET SECURE");
  EXPECT_EQ(std::get<SetOptions>(view.actions[0]).options[0].name, "SECURE");
  EXPECT_TRUE(std::holds_alternative<RenameTo>(As<AlterView>("ALTER VIEW v RENAME TO w").actions[0]));
  EXPECT_TRUE(std::holds_alternative<SwapWith>(As<AlterDatabase>("ALTER DATABASE d SWAP WITH e").action));
  EXPECT_TRUE(std::holds_alternative<UnsetOptions>(As<AlterSchema>("ALTER SCHEMA IF EXISTS s UNSET COMMENT").action));
  EXPECT_TRUE(std::holds_alternative<SetOptions>(As<AlterSchema>("ALTER SCHEMA s ENABLE MANAGED ACCESS").action));
  AlterSequence sequence = As<AlterSequence>("ALTER SEQUENCE s SET INCREMENT BY 3 NOORDER");
  EXPECT_EQ(std::get<SetOptions>(sequence.action).options.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<SetOptions>(
      As<AlterStage>("ALTER STAGE s SET FILE_FORMAT = (TYPE = CSV) COMMENT = 'x'").action));
  EXPECT_TRUE(
      std::holds_alternative<SetOptions>(As<AlterFileFormat>("ALTER FILE FORMAT f SET SKIP_HEADER = 2").action));
  AlterWarehouse warehouse = As<AlterWarehouse>("ALTER WAREHOUSE w RESUME IF SUSPENDED");
  EXPECT_TRUE(std::get<ResumeWarehouse>(warehouse.action).if_suspended);
  EXPECT_TRUE(As<AlterWarehouse>("ALTER WAREHOUSE SUSPEND").name.parts.empty());
  AlterUser token = As<AlterUser>("ALTER USER u ADD PROGRAMMATIC ACCESS TOKEN k DAYS_TO_EXPIRY = 10 COMMENT = 'c'");
  EXPECT_EQ(std::get<AddAccessToken>(token.action).options.size(), 2u);
  EXPECT_TRUE(As<AlterUser>("ALTER USER ADD PAT k").name.parts.empty());
  EXPECT_TRUE(std::holds_alternative<RemoveAccessToken>(As<AlterUser>("ALTER USER u REMOVE PAT k").action));
  EXPECT_TRUE(std::holds_alternative<RotateAccessToken>(As<AlterUser>("ALTER USER u ROTATE PAT k").action));
  EXPECT_TRUE(std::holds_alternative<ModifyAccessToken>(As<AlterUser>("ALTER USER u MODIFY PAT k RENAME TO l").action));
  EXPECT_TRUE(std::holds_alternative<SetOptions>(As<AlterUser>("ALTER USER u SET PASSWORD = 'x'").action));
  EXPECT_TRUE(std::holds_alternative<RenameTo>(As<AlterRole>("ALTER ROLE r RENAME TO q").action));
  EXPECT_TRUE(std::holds_alternative<SetOptions>(As<AlterAccount>("ALTER ACCOUNT SET TIMEZONE = 'UTC'").action));
  AlterSession session =
      As<AlterSession>("alter session /* JDBC:x */ set autocommit=true, QUERY_TAG = 'a' WEEK_START = -1");
  const auto& options = std::get<SetOptions>(session.action).options;
  ASSERT_EQ(options.size(), 3u);
  EXPECT_EQ(options[0].name, "AUTOCOMMIT");
  EXPECT_EQ(options[2].value.text, "-1");
  EXPECT_EQ(std::get<UnsetOptions>(As<AlterSession>("ALTER SESSION UNSET a, b").action).names.size(), 2u);
}

// --- the rest --------------------------------------------------------------------------------------------------------

TEST(Parse, DropUndropDescribeComment) {
  Statement drop = One("DROP FILE FORMAT IF EXISTS s.f RESTRICT");
  EXPECT_EQ(Node<Drop>(drop)->kind, ObjectKind::kFileFormat);
  EXPECT_TRUE(Node<Drop>(drop)->if_exists);
  EXPECT_FALSE(Node<Drop>(drop)->cascade);
  Statement function = One("DROP FUNCTION f(INT, a VARCHAR)");
  EXPECT_EQ(Node<Drop>(function)->signature.size(), 2u);
  Statement undrop = One("UNDROP SCHEMA d.s");
  EXPECT_EQ(Node<Undrop>(undrop)->kind, ObjectKind::kSchema);
  Statement describe = One("DESC TABLE t TYPE = STAGE");
  EXPECT_TRUE(Node<Describe>(describe)->stage_type);
  Statement result = One("DESCRIBE RESULT LAST_QUERY_ID()");
  EXPECT_NE(Node<DescribeResult>(result)->query_id, nullptr);
  Statement comment = One("COMMENT IF EXISTS ON COLUMN d.s.t.c IS 'x'");
  EXPECT_EQ(Node<CommentOn>(comment)->name.Text(), "D.S.T");
  EXPECT_EQ(Node<CommentOn>(comment)->column->text, "C");
  Statement table = One("COMMENT ON TABLE t IS 'y'");
  EXPECT_EQ(Node<CommentOn>(table)->kind, ObjectKind::kTable);
}

TEST(Parse, Show) {
  Show show = As<Show>(
      "show /* JDBC:DatabaseMetaData.getTables() */ terse tables history like 'A%' in schema \"D\".\"S\" "
      "starts with 'x' limit 10 from 'y'");
  EXPECT_EQ(show.kind, "TABLES");
  EXPECT_TRUE(show.terse && show.history);
  EXPECT_EQ(*show.like, "A%");
  EXPECT_EQ(show.scope, Show::Scope::kSchema);
  EXPECT_EQ(show.scope_name.Text(), "D.S");
  EXPECT_EQ(*show.starts_with, "x");
  EXPECT_EQ(*show.limit, 10);
  EXPECT_EQ(*show.from, "y");
  EXPECT_EQ(As<Show>("SHOW PARAMETERS LIKE 'query_tag' IN SESSION").scope, Show::Scope::kSession);
  EXPECT_EQ(As<Show>("SHOW PARAMETERS FOR USER u").scope_name.Text(), "U");
  EXPECT_EQ(As<Show>("show objects in DB.SC limit 10000").scope, Show::Scope::kUnspecified);
  EXPECT_EQ(As<Show>("SHOW PRIMARY KEYS IN TABLE t").kind, "PRIMARY KEYS");
  EXPECT_EQ(As<Show>("SHOW USER FUNCTIONS IN d.s").kind, "USER FUNCTIONS");
  EXPECT_EQ(As<Show>("SHOW DATABASES IN ACCOUNT").scope, Show::Scope::kAccount);
  EXPECT_TRUE(As<Show>("SHOW SCHEMAS IN DATABASE").scope_name.parts.empty());
  EXPECT_EQ(As<Show>("SHOW VARIABLES").kind, "VARIABLES");
  EXPECT_EQ(As<ShowGrants>("SHOW GRANTS").by, ShowGrants::By::kSession);
  EXPECT_EQ(As<ShowGrants>("SHOW GRANTS ON TABLE s.t").kind, "TABLE");
  EXPECT_EQ(As<ShowGrants>("SHOW GRANTS TO ROLE r").by, ShowGrants::By::kTo);
  EXPECT_TRUE(As<ShowGrants>("SHOW FUTURE GRANTS IN SCHEMA s").future);
}

TEST(Parse, Grants) {
  Grant grant = As<Grant>("GRANT SELECT, CREATE TABLE ON SCHEMA d.s TO ROLE r WITH GRANT OPTION");
  ASSERT_EQ(grant.privileges.size(), 2u);
  EXPECT_EQ(grant.privileges[1], "CREATE TABLE");
  EXPECT_TRUE(grant.grant_option);
  Grant future = As<Grant>("GRANT ALL ON FUTURE TABLES IN SCHEMA s TO r");
  EXPECT_EQ(future.on, Grant::On::kFuture);
  EXPECT_EQ(future.object_kind, "TABLES");
  EXPECT_EQ(future.privileges[0], "ALL PRIVILEGES");
  EXPECT_EQ(As<Grant>("GRANT OWNERSHIP ON TABLE t TO ROLE r COPY CURRENT GRANTS").behind, "COPY");
  EXPECT_TRUE(As<Grant>("REVOKE USAGE ON WAREHOUSE w FROM ROLE r CASCADE").revoke);
  EXPECT_EQ(As<GrantRole>("GRANT ROLE a TO USER u").grantee_kind, "USER");
  EXPECT_TRUE(As<GrantRole>("REVOKE ROLE a FROM ROLE b").revoke);
}

TEST(Parse, Session) {
  Statement use = One("use schema \"DB\".\"S\"");
  EXPECT_EQ(Node<Use>(use)->kind, Use::Kind::kSchema);
  Statement bare = One("USE d.s");
  EXPECT_EQ(Node<Use>(bare)->kind, Use::Kind::kSchema);
  Statement sample = One("USE SCHEMA sample.public");
  EXPECT_EQ(Node<Use>(sample)->name.Text(), "SAMPLE.PUBLIC");
  Statement role = One("USE ROLE r");
  EXPECT_EQ(Node<Use>(role)->kind, Use::Kind::kRole);
  Statement secondary = One("USE SECONDARY ROLES ALL");
  EXPECT_TRUE(Node<Use>(secondary)->all_secondary);
  SetVariables set = As<SetVariables>("SET (a, b) = (1, 'x')");
  EXPECT_EQ(set.names, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(set.values.size(), 2u);
  EXPECT_EQ(As<SetVariables>("SET x = (SELECT 1)").values.size(), 1u);
  EXPECT_EQ(As<UnsetVariables>("UNSET (a, b)").names.size(), 2u);
  EXPECT_EQ(As<Begin>("BEGIN TRANSACTION NAME n").name->text, "N");
  As<Begin>("BEGIN");
  As<Begin>("BEGIN WORK");
  As<Begin>("START TRANSACTION");
  As<Commit>("COMMIT WORK");
  As<Rollback>("rollback");
  EXPECT_EQ(As<ListStage>("ls @s/x PATTERN = '.*'").location.path, "x");
  EXPECT_EQ(As<ListStage>("LIST @~").location.kind, StageLocation::Kind::kUser);
  EXPECT_EQ(As<RemoveStage>("RM @%t/a").location.name.Text(), "T");
  Put put = As<Put>("PUT file:///tmp/a.csv @s OVERWRITE = TRUE AUTO_COMPRESS=FALSE");
  EXPECT_EQ(put.file, "file:///tmp/a.csv");
  EXPECT_EQ(put.options.size(), 2u);
  EXPECT_EQ(As<Put>("PUT 'file://C:/a b.csv' '@\"s\"/d'").location.path, "d");
  Put bound = As<Put>("PUT 'file:///tmp/x' ? PARALLEL = ?");
  EXPECT_EQ(bound.location.kind, StageLocation::Kind::kValue);
  EXPECT_EQ(bound.location.value->As<BindRef>()->number, 1);
  EXPECT_EQ(bound.options[0].value.kind, OptionValue::Kind::kValue);
  CopyIntoTable copy = As<CopyIntoTable>("COPY INTO IDENTIFIER(?) FROM (SELECT $1:\"A\"::TEXT FROM ?) ON_ERROR = ?");
  EXPECT_EQ(copy.from.value->As<BindRef>()->number, 2);
  EXPECT_EQ(As<Get>("GET @s/x file:///tmp/ PARALLEL = 4").file, "file:///tmp/");
  EXPECT_EQ(As<ExecuteImmediate>("EXECUTE IMMEDIATE $$SELECT 1$$ USING (a)").using_variables.size(), 1u);
  EXPECT_EQ(As<CallProcedure>("CALL s.p(1, x => 'y')").args[1].name, "X");
  Explain explain = As<Explain>("EXPLAIN USING JSON SELECT 1");
  EXPECT_EQ(explain.format, Explain::Format::kJson);
  EXPECT_EQ(explain.statement->text, "SELECT 1");
  EXPECT_NE(explain.statement->As<QueryStatement>(), nullptr);
}

TEST(Parse, NamesAndBinds) {
  Statement statement = One("SELECT ?, ? FROM IDENTIFIER(?) WHERE a = $v AND IDENTIFIER($c) = 1");
  EXPECT_EQ(statement.binds, 3);
  const Select& select = *statement.As<QueryStatement>()->query->AsSelect();
  EXPECT_EQ(select.items[1].expr->As<BindRef>()->number, 2);
  const NamedRelation& from = *select.from->As<NamedRelation>();
  ASSERT_NE(from.name.dynamic, nullptr);
  EXPECT_EQ(from.name.dynamic->As<BindRef>()->number, 3);
  Statement table = One("SELECT * FROM TABLE($t)");
  const NamedRelation& variable = *table.As<QueryStatement>()->query->AsSelect()->from->As<NamedRelation>();
  EXPECT_EQ(variable.name.dynamic->As<VariableRef>()->name, "T");
  Statement travel = One("SELECT * FROM t AT (TIMESTAMP => '2024-01-01'::TIMESTAMP) x, u BEFORE(STATEMENT => 'q')");
  const JoinRelation& join = *travel.As<QueryStatement>()->query->AsSelect()->from->As<JoinRelation>();
  EXPECT_EQ(join.left->alias.name->text, "X");
  EXPECT_TRUE(join.right->As<NamedRelation>()->travel->before);
  Result<ObjectName> name = ParseObjectName("a.\"b.c\".d");
  ASSERT_TRUE(name.ok());
  EXPECT_EQ(name->parts[1].text, "b.c");
  EXPECT_FALSE(ParseObjectName("a b").ok());
  EXPECT_FALSE(ParseObjectName("a.b.c.d").ok());
}

TEST(Parse, SeveralStatements) {
  Result<std::vector<Statement>> statements = Parse(";; SELECT 1 ; -- x\n  COMMIT;\nSELECT ';' ;");
  ASSERT_TRUE(statements.ok());
  ASSERT_EQ(statements->size(), 3u);
  EXPECT_EQ((*statements)[0].text, "SELECT 1");
  EXPECT_EQ((*statements)[1].at, (Position{2, 2}));
  EXPECT_EQ((*statements)[2].text, "SELECT ';'");
  EXPECT_TRUE(Parse(" -- nothing")->empty());
}

// --- errors ----------------------------------------------------------------------------------------------------------

TEST(ParseErrors, Places) {
  const std::pair<const char*, const char*> rows[] = {
      {"SELECT i FROM rt WHERE", "syntax error line 1 at position 22 unexpected '<EOF>'."},
      {"SELEC 1", "syntax error line 1 at position 0 unexpected 'SELEC'."},
      {"SELECT 1\nFROM t WHERE a = = 2", "syntax error line 2 at position 17 unexpected '='."},
      {"SELECT 'é', a FROM FROM t", "syntax error line 1 at position 19 unexpected 'FROM'."},
      {"SELECT (1 + 2", "syntax error line 1 at position 13 unexpected '<EOF>'."},
      {"SELECT 1 2", "syntax error line 1 at position 9 unexpected '2'."},
      {"SELECT 'abc", "syntax error line 1 at position 7 unexpected ''abc'."},
      {"SELECT 1 /* x", "syntax error line 1 at position 9 unexpected '/* x'."},
      {"SELECT case FROM t", "syntax error line 1 at position 12 unexpected 'FROM'."},
      {"CREATE OR REPLACE TABLE cd (CONSTRAINT INT)", "syntax error line 1 at position 42 unexpected ')'."},
      {"CREATE TABLE t (a, b INT)", "syntax error line 1 at position 17 unexpected ','."},
      {"CREATE TABLE t", "syntax error line 1 at position 14 unexpected '<EOF>'."},
      {"CREATE TABLE VALUES (a INT)", "syntax error line 1 at position 13 unexpected 'VALUES'."},
      {"SELECT a FROM LEFT", "syntax error line 1 at position 14 unexpected 'LEFT'."},
      {"DROP NONSENSE x", "syntax error line 1 at position 5 unexpected 'NONSENSE'."},
      {"VACUUM t", "syntax error line 1 at position 0 unexpected 'VACUUM'."},
      {"SHOW NONSENSE", "syntax error line 1 at position 5 unexpected 'NONSENSE'."},
      {"SELECT 1;\nSELECT", "syntax error line 2 at position 6 unexpected '<EOF>'."},
      {"UPDATE t SET a 1", "syntax error line 1 at position 15 unexpected '1'."},
      {"INSERT INTO t VALUES ()", "syntax error line 1 at position 22 unexpected ')'."},
      {"CREATE TABLE t (a INT COMMENT = 'x')", "syntax error line 1 at position 30 unexpected '='."},
      {"CREATE TABLE t (a INT) COMMENT 'x'", "syntax error line 1 at position 31 unexpected ''x''."},
      {"SELECT f(1,)", "syntax error line 1 at position 11 unexpected ')'."},
  };
  for (const auto& [text, message] : rows) {
    EXPECT_EQ(Message(text), std::string("SQL compilation error:\n") + message) << text;
  }
}

TEST(ParseErrors, ReservedWordsAreNoNames) {
  for (const char* word : {"select", "from", "where", "order", "table", "null", "values"}) {
    EXPECT_NE(Message(std::string("SELECT x AS ") + word + " FROM t"), "accepted") << word;
    EXPECT_NE(Message(std::string("CREATE TABLE t (") + word + " NUMBER)"), "accepted") << word;
  }
  for (const char* word : {"asof", "cross", "full", "inner", "join", "lateral", "left", "natural", "right", "using",
                           "rlike", "into", "unique"}) {
    EXPECT_NE(Message(std::string("SELECT x FROM t ") + word), "accepted") << word;
  }
  for (const char* word : {"limit", "top", "offset", "fetch", "end", "asc", "true", "case", "except", "return", "at"}) {
    EXPECT_EQ(Message(std::string("SELECT x FROM t ") + word), "accepted") << word;
  }
}

TEST(ParseErrors, WhatIsNotThereIsRefusedByName) {
  const std::pair<const char*, const char*> rows[] = {
      {"CREATE MASKING POLICY p AS (v STRING) RETURNS STRING -> v", "CREATE MASKING POLICY"},
      {"CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW"},
      {"CREATE MATERIALIZED VIEW v AS SELECT 1", "CREATE MATERIALIZED VIEW"},
      {"CREATE STREAM s ON VIEW v", "CREATE STREAM … ON VIEW"},
      {"CREATE ALERT a SCHEDULE = '1 MINUTE' IF (EXISTS (SELECT 1)) THEN SELECT 1", "CREATE ALERT"},
      {"CREATE PIPE p AS COPY INTO t FROM @s", "CREATE PIPE over the files of a stage"},
      {"CREATE FUNCTION f() RETURNS INT LANGUAGE PYTHON AS '1'", "CREATE FUNCTION … LANGUAGE PYTHON"},
      {"CREATE OR ALTER TABLE t (a INT)", "CREATE OR ALTER"},
      {"ALTER PIPE p REFRESH", "ALTER PIPE … REFRESH"},
      {"ALTER STREAM s SET TAG a = 'b'", "TAG"},
      {"ALTER TASK t UNSET TAG a", "TAG"},
      {"DROP NETWORK POLICY p", "DROP NETWORK POLICY"},
      {"EXECUTE TASK t RETRY LAST", "EXECUTE TASK … RETRY LAST"},
      {"BEGIN SELECT 1; END", "Snowflake Scripting block"},
      {"DECLARE x INT; BEGIN END", "Snowflake Scripting block"},
      {"SELECT * FROM t MATCH_RECOGNIZE (PATTERN (a))", "MATCH_RECOGNIZE"},
      {"SELECT a::ARRAY(INT)", "structured type ARRAY"},
      {"SELECT FILTER(a, x -> x > 1)", "lambda expression"},
      {"CREATE TABLE t (a INT AS (1))", "virtual column"},
      {"CREATE TABLE t (a INT WITH MASKING POLICY p)", "MASKING POLICY"},
  };
  for (const auto& [text, feature] : rows) {
    Result<std::vector<Statement>> statements = Parse(text);
    ASSERT_FALSE(statements.ok()) << text;
    EXPECT_TRUE(statements.error().Is(errors::kUnsupported)) << text << ": " << statements.error().Message();
    EXPECT_EQ(statements.error().args()[0], feature) << text;
  }
}

TEST(ParseErrors, TheRest) {
  EXPECT_EQ(Message("CREATE TABLE t (i INT) COMMENT = 'a' COMMENT = 'b'"),
            "SQL compilation error:\nduplicate property 'COMMENT';");
  EXPECT_EQ(Message("CREATE OR REPLACE TABLE IF NOT EXISTS t (i INT)"),
            "SQL compilation error:\noptions IF NOT EXISTS and OR REPLACE are incompatible.");
  EXPECT_EQ(Message("SELECT a::NONSENSE"),
            "SQL compilation error: error line 1 at position 10\nUnsupported data type 'NONSENSE'.");
  EXPECT_NE(Message("SELECT INTERVAL '1 fortnight'").find("Invalid interval"), std::string::npos);
  EXPECT_NE(Message("SELECT X'4'").find("hex"), std::string::npos);
}

}  // namespace
}  // namespace firn::sql
