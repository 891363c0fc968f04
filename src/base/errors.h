// The error table: one row a kind of error, sorted by code. Codes and texts of 0-399999 are Snowflake's
// (docs: ../docs/compatibility.md); a compilation error is marked by its text beginning with "SQL compilation error:".
// Codes from 900000 are Firn's own: faults of storage and of files, which carry no Snowflake number; a driver sees
// them under 000603 (internal) or the row named beside them. test/tidy.py keeps the rows sorted and unique.
#pragma once

#include "base/result.h"

namespace firn::errors {

#define FIRN_COMPILE "SQL compilation error:"

// clang-format off
inline constexpr ErrorRow kUnsupported            {2,      "0A000", "Unsupported feature '{0}'."};
inline constexpr ErrorRow kStatementCount         {8,      "0A000", "Actual statement count {0} did not match the desired statement count {1}."};
inline constexpr ErrorRow kInternal               {603,    "XX000", "SQL execution internal error:\n{0}"};
inline constexpr ErrorRow kCanceled               {604,    "57014", "SQL execution canceled"};
inline constexpr ErrorRow kNotExecuting           {605,    "57014", "Identified SQL statement is not currently executing."};
inline constexpr ErrorRow kNoWarehouse            {606,    "57P03", "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command."};
inline constexpr ErrorRow kResultNotFound         {612,    "02000", "Result for query {0} not found or expired."};
inline constexpr ErrorRow kLockTimeout            {625,    "57014", "Statement '{0}' has locked table '{1}' in transaction {2} and this lock has not yet been released."};
inline constexpr ErrorRow kTimeout                {630,    "57014", "Statement reached its statement or warehouse timeout of {0} second(s) and was canceled."};
inline constexpr ErrorRow kNoTimeTravel           {707,    "02000", "Time travel data is not available for table {0}. The requested time is either beyond the allowed time travel period or before the object creation time."};
inline constexpr ErrorRow kInvalidIdentifier      {904,    "42000", FIRN_COMPILE " invalid identifier '{0}'"};
inline constexpr ErrorRow kTooFewArguments        {938,    "22023", FIRN_COMPILE " not enough arguments for function [{0}], expected {1}, got {2}"};
inline constexpr ErrorRow kTooManyArguments       {939,    "22023", FIRN_COMPILE " too many arguments for function [{0}] expected {1}, got {2}"};
inline constexpr ErrorRow kNotGroupBy             {979,    "42601", FIRN_COMPILE "\n[{0}] is not a valid group by expression"};
inline constexpr ErrorRow kSyntax                 {1003,   "42000", FIRN_COMPILE "\nsyntax error line {1} at position {2} unexpected '{0}'."};
inline constexpr ErrorRow kMissingArgument        {1006,   "22023", FIRN_COMPILE "\nmissing argument: {0}"};
inline constexpr ErrorRow kInvalidDatePart        {1007,   "22023", FIRN_COMPILE "\n'{0}' is not a valid date/time component"};
inline constexpr ErrorRow kInvalidValue           {1008,   "22023", FIRN_COMPILE "\ninvalid value [{0}] for parameter '{1}'"};
inline constexpr ErrorRow kCannotConvert          {1038,   "22023", FIRN_COMPILE "\nCan not convert parameter '{0}' of type [{1}] into expected type [{2}]"};
inline constexpr ErrorRow kInvalidArgumentTypes   {1044,   "42P13", FIRN_COMPILE " Invalid argument types for function '{0}': ({1})"};
inline constexpr ErrorRow kInvalidExpression      {1065,   "42601", FIRN_COMPILE "\n{0}"};
inline constexpr ErrorRow kSelectNoColumns        {1080,   "42601", FIRN_COMPILE " SELECT with no columns"};
inline constexpr ErrorRow kNotAggregate           {1104,   "42601", FIRN_COMPILE " '{0}' in select clause is neither an aggregate nor in the group by clause."};
inline constexpr ErrorRow kInvalidOption          {1420,   "22023", FIRN_COMPILE "\ninvalid property '{0}' for '{1}'"};
inline constexpr ErrorRow kColumnExists           {1430,   "42601", FIRN_COMPILE "\ncolumn '{0}' already exists"};
inline constexpr ErrorRow kLastColumn             {1432,   "42601", FIRN_COMPILE "\ncannot drop all the columns of a table"};
inline constexpr ErrorRow kSetOperatorColumns     {1789,   "42601", FIRN_COMPILE "\ninvalid number of result columns for set operator input branches, expected {0}, got {1} in branch {2}"};
inline constexpr ErrorRow kObjectExists           {2002,   "42710", FIRN_COMPILE "\nObject '{0}' already exists."};
inline constexpr ErrorRow kObjectNotFound         {2003,   "42S02", FIRN_COMPILE "\nObject '{0}' does not exist or not authorized."};
inline constexpr ErrorRow kKindNotFound           {2003,   "02000", FIRN_COMPILE "\n{0} '{1}' does not exist or not authorized."};
inline constexpr ErrorRow kTableNotFound          {2003,   "42S02", FIRN_COMPILE "\n{0} '{1}' does not exist or not authorized."};
inline constexpr ErrorRow kFunctionArgumentType   {2016,   "22000", FIRN_COMPILE "\nFunction {0} does not support {1} argument type"};
inline constexpr ErrorRow kInsertColumns          {2020,   "21S01", FIRN_COMPILE "\nInsert value list does not match column list expecting {0} but got {1}"};
inline constexpr ErrorRow kDuplicateColumn        {2025,   "42S21", FIRN_COMPILE "\nduplicate column name '{0}'"};
inline constexpr ErrorRow kAmbiguousColumn        {2028,   "42601", FIRN_COMPILE " ambiguous column name '{0}'"};
inline constexpr ErrorRow kUnsupportedSubquery    {2031,   "42601", FIRN_COMPILE "\nUnsupported subquery type cannot be evaluated"};
inline constexpr ErrorRow kInvalidType            {2040,   "42601", FIRN_COMPILE " Unsupported data type '{0}'."};
inline constexpr ErrorRow kCannotPerform          {2043,   "02000", FIRN_COMPILE "\nObject does not exist, or operation cannot be performed."};
inline constexpr ErrorRow kViewColumns            {2057,   "42601", FIRN_COMPILE "\nView definition for '{0}' declares {1} column(s), but view query produces {2} column(s)."};
inline constexpr ErrorRow kColumnTypeChange       {2108,   "22000", FIRN_COMPILE " cannot change column {0} from type {1} to {2}{3}"};
inline constexpr ErrorRow kUnknownFunction        {2140,   "42601", FIRN_COMPILE "\nUnknown function {0}."};
inline constexpr ErrorRow kOtherKind              {2203,   "02000", FIRN_COMPILE " Object found is of type '{0}', not specified type '{1}'."};
inline constexpr ErrorRow kVariableNotFound       {2211,   "02000", FIRN_COMPILE "\nerror session variable '${0}' does not exist"};
inline constexpr ErrorRow kNoPrivilege            {3001,   "42501", "SQL access control error:\nInsufficient privileges to operate on {0} '{1}'."};
inline constexpr ErrorRow kVarcharShrinks         {40050,  "22000", FIRN_COMPILE " cannot change column {0} from type {1} to {2} because reducing the byte-length of a varchar is not supported."};
inline constexpr ErrorRow kCannotResume           {90063,  "22000", "Invalid state. Warehouse '{0}' cannot be resumed."};
inline constexpr ErrorRow kCannotSuspend          {90064,  "22000", "Invalid state. Warehouse '{0}' cannot be suspended."};
inline constexpr ErrorRow kNoDatabase             {90105,  "22000", "Cannot perform {0}. This session does not have a current database. Call 'USE DATABASE', or use a qualified name."};
inline constexpr ErrorRow kNoSchema               {90106,  "22000", "Cannot perform {0}. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name."};
inline constexpr ErrorRow kSubqueryRows           {90150,  "22000", "Single-row subquery returns more than one row."};
inline constexpr ErrorRow kTimestampUnrecognized  {100035, "22007", "Timestamp '{0}' is not recognized"};
inline constexpr ErrorRow kBooleanUnrecognized    {100037, "22018", "Boolean value '{0}' is not recognized"};
inline constexpr ErrorRow kNumericUnrecognized    {100038, "22018", "Numeric value '{0}' is not recognized"};
inline constexpr ErrorRow kNumericOutOfRange      {100039, "22003", "Numeric value '{0}' is out of range"};
inline constexpr ErrorRow kDateUnrecognized       {100040, "22007", "Date '{0}' is not recognized"};
inline constexpr ErrorRow kNumberTooLarge         {100046, "22003", "Number out of representable range: type {0}, value {1}"};
inline constexpr ErrorRow kFloatOperation         {100050, "22023", "Invalid floating point operation: {0}"};
inline constexpr ErrorRow kDivisionByZero         {100051, "22012", "Division by zero"};
inline constexpr ErrorRow kBadJson                {100069, "22P02", "Error parsing JSON: {0}"};
inline constexpr ErrorRow kVariantCast            {100071, "22000", "Failed to cast variant value {0} to {1}"};
inline constexpr ErrorRow kNullNotAllowed         {100072, "22000", "NULL result in a non-nullable column"};
inline constexpr ErrorRow kStringTooLong          {100078, "22000", "String '{0}' is too long and would be truncated"};
inline constexpr ErrorRow kFileColumns            {100080, "22000", "Number of columns in file ({0}) does not match that of the corresponding table ({1}), use file format option error_on_column_count_mismatch=false to ignore this error"};
inline constexpr ErrorRow kLobTooLarge            {100082, "22000", "Max LOB size (16777216) exceeded, actual size of parsed column is {0}"};
inline constexpr ErrorRow kDuplicateRow           {100090, "42P18", "Duplicate row detected during DML action\nRow Values: [{0}]"};
inline constexpr ErrorRow kDuplicateKey           {100098, "22000", "Duplicate field key '{0}'"};
inline constexpr ErrorRow kTimeUnrecognized       {100108, "22007", "Time '{0}' is not recognized"};
inline constexpr ErrorRow kBadHex                 {100115, "22000", "The following string is not a legal hex-encoded value: '{0}'"};
inline constexpr ErrorRow kBadBase64              {100116, "22000", "The following string is not a legal base64-encoded value: '{0}'"};
inline constexpr ErrorRow kUserError              {100132, "P0000", "{0}"};
inline constexpr ErrorRow kNumberFormat           {100140, "22007", "Can't parse '{0}' as number with format '{1}'"};
inline constexpr ErrorRow kInvalidUtf8            {100144, "22000", "Invalid UTF8 detected in string '0x{0}'"};
inline constexpr ErrorRow kIncorrectPassword      {390100, "08004", "Incorrect username or password was specified."};
inline constexpr ErrorRow kUserLocked             {390102, "08004", "User temporarily locked. Try again later, or contact your local system administrator."};
inline constexpr ErrorRow kSessionInvalid         {390104, "08001", "The session token is not valid or missing. Log in again."};
inline constexpr ErrorRow kSessionGone            {390111, "08001", "Session no longer exists.  New login required to access the service."};
inline constexpr ErrorRow kSessionExpired         {390112, "08001", "Your session has expired. Please login again."};
inline constexpr ErrorRow kMasterInvalid          {390113, "08001", "The master token is not valid. Log in again."};
inline constexpr ErrorRow kMasterExpired          {390114, "08001", "Authentication token has expired.  The user must authenticate again."};
inline constexpr ErrorRow kAuthenticatorRefused   {390144, "08004", "Authenticator '{0}' is not supported."};
inline constexpr ErrorRow kLoginObject            {390201, "08004", "The requested {0} does not exist or not authorized."};
inline constexpr ErrorRow kTokenInvalid           {390303, "08004", "Invalid OAuth access token. {0}"};

// Firn's own.
inline constexpr ErrorRow kNotFound               {900001, "58P01", "'{0}' is not in storage"};
inline constexpr ErrorRow kAlreadyThere           {900002, "58P02", "'{0}' is already in storage"};
inline constexpr ErrorRow kOutcomeUnknown         {900003, "58030", "storage did not say whether '{0}' was written: {1}"};
inline constexpr ErrorRow kStorage                {900004, "58030", "storage failed at '{0}': {1}"};
inline constexpr ErrorRow kWriterStopped          {900005, "58030", "an fsync failed, so this process accepts no more writes: {0}"};
inline constexpr ErrorRow kCorrupt                {900010, "XX001", "'{0}' is damaged: {1}"};
inline constexpr ErrorRow kVersionUnknown         {900011, "XX001", "'{0}' is of a version or kind that this Firn does not know: {1}"};
inline constexpr ErrorRow kOutsideLocation        {900012, "42501", "'{0}' lies outside '{1}'"};
inline constexpr ErrorRow kConflict               {900020, "40001", "Transaction conflict: table '{0}' was changed by another transaction ({1}). Run the statement again."};
inline constexpr ErrorRow kDeadlock               {900021, "40P01", "Deadlock: table '{0}' is locked by a transaction that waits for this one. The statement was rolled back."};
inline constexpr ErrorRow kLimit                  {900030, "54000", "{0} exceeds the limit of {1} ({2})"};
inline constexpr ErrorRow kInvalidInput           {900031, "22023", "{0}"};
// clang-format on

}  // namespace firn::errors
