# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -DFROM=phrases.proto -DTO=phrases.h -P phrases.cmake: writes the enum Phrase and the English of each as C++.
include("${CMAKE_CURRENT_LIST_DIR}/proto_header.cmake")
read_contract("${FROM}" text)
string(REGEX MATCHALL "PHRASE_[A-Z0-9_]+ = [0-9]+ ${c2}\\(english\\) = \"[^\"]*\"" all "${text}")
set(values "")
set(words "")
foreach(phrase IN LISTS all)
  string(REGEX MATCH "PHRASE_([A-Z0-9_]+) = ([0-9]+) ${c2}\\(english\\) = (\"[^\"]*\")" whole "${phrase}")
  set(number "${CMAKE_MATCH_2}")
  set(english "${CMAKE_MATCH_3}")
  pascal_case("${CMAKE_MATCH_1}" name)
  string(APPEND values "    ${name} = ${number},\n")
  string(APPEND words "    {Phrase::${name}, ${english}},\n")
endforeach()
write_header("${TO}" "// Written by phrases.cmake from phrases.proto.
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
