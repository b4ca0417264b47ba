# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DFROM=config.proto -DTO=setting_defaults.h -P setting_defaults.cmake: writes the defaults of settings as C++.
include("${CMAKE_CURRENT_LIST_DIR}/proto_header.cmake")
read_contract("${FROM}" text)
string(ASCII 4 end)
string(REPLACE "}${c3}${c1}" "${end}" text "${text}")
# What people read may look like anything.
string(REGEX REPLACE "(title|help): *\"[^\"]*\"" "" text "${text}")

# Groups have the name of their field in Config.
string(REGEX MATCHALL "(repeated )?[A-Z][A-Za-z]+ [a-z_]+ = [0-9]+ ${c2}\\(group\\)" groups "${text}")
foreach(group IN LISTS groups)
  string(REGEX MATCH "([A-Z][A-Za-z]+) ([a-z_]+) =" whole "${group}")
  set(group_${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
endforeach()

set(out "")
set(open "")
string(REGEX MATCHALL "message [A-Za-z]+ {|optional [A-Za-z0-9]+ [a-z0-9_]+ = [0-9]+ ${c2}\\(setting\\) = {[^${end}]*" found "${text}")
foreach(part IN LISTS found)
  if(part MATCHES "^message ([A-Za-z]+)")
    if(open)
      string(APPEND out "}  // namespace ${open}\n")
    endif()
    set(open "${group_${CMAKE_MATCH_1}}")
    if(open)
      string(APPEND out "namespace ${open} {\n")
    endif()
    continue()
  endif()
  if(NOT part MATCHES "^optional ([A-Za-z0-9]+) ([a-z0-9_]+) " OR NOT open)
    continue()
  endif()
  set(type "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  set(number 0)
  if(part MATCHES "default_number: *([-+.0-9a-z]+)")
    set(number "${CMAKE_MATCH_1}")
  endif()
  set(is_time FALSE)
  if(part MATCHES "unit: *\"ms\"")
    set(is_time TRUE)
    string(REGEX REPLACE "_ms$" "" name "${name}")
  endif()
  pascal_case("${name}" constant)
  set(constant "k${constant}")
  if(type STREQUAL "bool")
    set(value "bool ${constant} = false")
    if(part MATCHES "default_on: *true")
      set(value "bool ${constant} = true")
    endif()
  elseif(type STREQUAL "double" AND is_time)
    set(value "std::chrono::nanoseconds ${constant} = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double, std::milli>(${number}))")
  elseif(is_time)
    set(value "std::chrono::milliseconds ${constant}{${number}}")
  elseif(type STREQUAL "double")
    set(value "double ${constant} = ${number}")
  elseif(type MATCHES "^uint(32|64)$")
    set(value "std::${type}_t ${constant} = ${number}")
  elseif(type STREQUAL "string")
    set(words "")
    if(part MATCHES "default_text: *\"([^\"]*)\"")
      set(words "${CMAKE_MATCH_1}")
    endif()
    set(value "std::string_view ${constant} = \"${words}\"")
  else()
    continue()  # choices: an enum of the contract
  endif()
  string(APPEND out "inline constexpr ${value}${c1}\n")
endforeach()
if(open)
  string(APPEND out "}  // namespace ${open}\n")
endif()

write_header("${TO}" "// Written by setting_defaults.cmake from config.proto.
#pragma once

#include <chrono>
#include <cstdint>
#include <ratio>
#include <string_view>

/// What a setting is where nobody has set it, by its path: pool.wait_timeout_ms is pool::kWaitTimeout.
namespace millrace::defaults {

${out}
}  // namespace millrace::defaults
")
