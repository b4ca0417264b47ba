// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <google/protobuf/generated_enum_reflection.h>

#include <cctype>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace millrace::testing {

/// The numbers of an enum of control.proto, whatever was added to it.
template <class Enum>
std::vector<Enum> allOf()
{
    std::vector<Enum> out;
    const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
    for (int i = 0; i < type.value_count(); ++i) out.push_back(static_cast<Enum>(type.value(i)->number()));
    return out;
}

/// "server_closed" of CLOSE_REASON_SERVER_CLOSED: what tables of test rows are written with.
template <class Enum>
std::string wordOf(Enum value)
{
    const auto& type = *google::protobuf::GetEnumDescriptor<Enum>();
    std::size_t prefix = 1;
    for (std::size_t i = 0; i < type.name().size(); ++i)
        prefix += i > 0 && std::isupper(static_cast<unsigned char>(type.name()[i])) ? 2 : 1;
    std::string word = type.FindValueByNumber(value)->name().substr(prefix);
    for (char& letter : word) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return word;
}

template <class Enum>
Enum enumOf(const std::string& word)
{
    for (const Enum value : allOf<Enum>())
        if (wordOf(value) == word) return value;
    std::cerr << google::protobuf::GetEnumDescriptor<Enum>()->name() << " has no " << word << '\n';
    std::abort();
}

}  // namespace millrace::testing
