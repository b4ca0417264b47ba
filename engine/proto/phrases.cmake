# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DFROM=phrases.proto -DTO=phrases.h -P phrases.cmake: writes the enum Phrase and the English of each as C++.
file(READ "${FROM}" text)
# None of these may meet CMake's lists.
string(ASCII 1 c1)
string(ASCII 2 c2)
string(ASCII 3 c3)
string(REPLACE ";" "${c1}" text "${text}")
string(REPLACE "[" "${c2}" text "${text}")
string(REPLACE "]" "${c3}" text "${text}")
string(REGEX MATCHALL "PHRASE_[A-Z0-9_]+ = [0-9]+ ${c2}\\(english\\) = \"[^\"]*\"" all "${text}")
set(values "")
set(words "")
foreach(phrase IN LISTS all)
  string(REGEX MATCH "PHRASE_([A-Z0-9_]+) = ([0-9]+) ${c2}\\(english\\) = (\"[^\"]*\")" whole "${phrase}")
  set(number "${CMAKE_MATCH_2}")
  set(english "${CMAKE_MATCH_3}")
  string(REPLACE "_" ";" parts "${CMAKE_MATCH_1}")
  set(name "")
  foreach(part IN LISTS parts)
    string(SUBSTRING "${part}" 0 1 first)
    string(SUBSTRING "${part}" 1 -1 rest)
    string(TOLOWER "${rest}" rest)
    string(APPEND name "${first}${rest}")
  endforeach()
  string(APPEND values "    ${name} = ${number},\n")
  string(APPEND words "    {Phrase::${name}, ${english}},\n")
endforeach()
set(out "// Written by phrases.cmake from phrases.proto.
#pragma once

#include <cstdint>

namespace millrace {

enum class Phrase : std::uint16_t {
    Unspecified = 0,
${values}}${c1}

struct EnglishPhrase {
    Phrase phrase${c1}
    const char* english${c1}
}${c1}
inline constexpr EnglishPhrase kEnglishPhrases[] = {
${words}}${c1}

}  // namespace millrace
")
string(REPLACE "${c1}" ";" out "${out}")
string(REPLACE "${c2}" "[" out "${out}")
string(REPLACE "${c3}" "]" out "${out}")
file(WRITE "${TO}" "${out}")
