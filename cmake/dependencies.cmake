# Libraries from Debian (deps/debian.txt) and from deps/pins.txt, as imported targets.
find_package(Boost 1.81 REQUIRED COMPONENTS url json)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(date REQUIRED)
set(FIRN_BASE_LIBS spdlog::spdlog Threads::Threads OpenSSL::Crypto date::date-tz)

execute_process(COMMAND python3 ${CMAKE_SOURCE_DIR}/deps/fetch.py
                OUTPUT_VARIABLE FIRN_DEPS OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# `make dist` ships the released libraries in lib/ beside the program; the build tree has the same layout.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
file(COPY_FILE ${FIRN_DEPS}/duckdb/lib/libduckdb.so ${CMAKE_BINARY_DIR}/lib/libduckdb.so ONLY_IF_DIFFERENT)
file(COPY_FILE ${FIRN_DEPS}/arrow/lib/libarrow.so.2600 ${CMAKE_BINARY_DIR}/lib/libarrow.so.2600 ONLY_IF_DIFFERENT)
file(COPY_FILE ${FIRN_DEPS}/duckdb/extension/httpfs.duckdb_extension ${CMAKE_BINARY_DIR}/lib/httpfs.duckdb_extension ONLY_IF_DIFFERENT)

add_library(firn_duckdb SHARED IMPORTED)
set_target_properties(firn_duckdb PROPERTIES
  IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/lib/libduckdb.so
  IMPORTED_NO_SONAME TRUE
  INTERFACE_INCLUDE_DIRECTORIES ${FIRN_DEPS}/duckdb/include)
set(FIRN_DUCKDB_PCH <duckdb.hpp>)

add_library(firn_arrow SHARED IMPORTED)
set_target_properties(firn_arrow PROPERTIES
  IMPORTED_LOCATION ${CMAKE_BINARY_DIR}/lib/libarrow.so.2600
  INTERFACE_INCLUDE_DIRECTORIES ${FIRN_DEPS}/arrow/include)

# RPATH, not RUNPATH: it also serves the libraries' own libraries, so that `make dist` can move everything together.
# Libraries in the build folder become $ORIGIN/lib.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
add_link_options("LINKER:--disable-new-dtags")
