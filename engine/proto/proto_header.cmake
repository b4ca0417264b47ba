# SPDX-License-Identifier: GPL-3.0-or-later
# What the makers of headers (phrases.cmake, setting_defaults.cmake) share.

# None of these may meet CMake's lists; what is read and written has them instead of ";", "[" and "]".
string(ASCII 1 c1)
string(ASCII 2 c2)
string(ASCII 3 c3)

function(read_contract file to)
  file(READ "${file}" text)
  string(REPLACE ";" "${c1}" text "${text}")
  string(REPLACE "[" "${c2}" text "${text}")
  string(REPLACE "]" "${c3}" text "${text}")
  set(${to} "${text}" PARENT_SCOPE)
endfunction()

# WORDS_OF_A_NAME and words_of_a_name to WordsOfAName.
function(pascal_case name to)
  string(TOLOWER "${name}" name)
  string(REPLACE "_" ";" words "${name}")
  set(out "")
  foreach(word IN LISTS words)
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND out "${first}${rest}")
  endforeach()
  set(${to} "${out}" PARENT_SCOPE)
endfunction()

# As it is already, it stays untouched: a help text is no reason to compile everything again.
function(write_header file text)
  string(REPLACE "${c1}" ";" text "${text}")
  string(REPLACE "${c2}" "[" text "${text}")
  string(REPLACE "${c3}" "]" text "${text}")
  set(present "")
  if(EXISTS "${file}")
    file(READ "${file}" present)
  endif()
  if(NOT present STREQUAL text)
    file(WRITE "${file}" "${text}")
  endif()
endfunction()
