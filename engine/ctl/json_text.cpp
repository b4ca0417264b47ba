// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/json_text.h"

#include "ctl/connection.h"
#include "ctl/enum_words.h"

#include <array>
#include <charconv>
#include <cmath>
#include <iostream>
#include <map>

namespace millrace::ctl {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string indent(int level)
{
    return std::string(static_cast<std::size_t>(level) * 2, ' ');
}

std::string enumJson(const google::protobuf::EnumDescriptor& type, int number)
{
    const auto word = enumWord(type, number);
    return word ? jsonQuoted(*word) : std::to_string(number);
}

std::string valueText(const Message& message, const FieldDescriptor& field, int index, int level)
{
    const auto& from = *message.GetReflection();
    const bool list = field.is_repeated();
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return (list ? from.GetRepeatedBool(message, &field, index) : from.GetBool(message, &field)) ? "true"
                                                                                                         : "false";
        case FieldDescriptor::CPPTYPE_INT32:
            return std::to_string(list ? from.GetRepeatedInt32(message, &field, index)
                                       : from.GetInt32(message, &field));
        case FieldDescriptor::CPPTYPE_INT64:
            return std::to_string(list ? from.GetRepeatedInt64(message, &field, index)
                                       : from.GetInt64(message, &field));
        case FieldDescriptor::CPPTYPE_UINT32:
            return std::to_string(list ? from.GetRepeatedUInt32(message, &field, index)
                                       : from.GetUInt32(message, &field));
        case FieldDescriptor::CPPTYPE_UINT64:
            return std::to_string(list ? from.GetRepeatedUInt64(message, &field, index)
                                       : from.GetUInt64(message, &field));
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return jsonNumber(list ? from.GetRepeatedDouble(message, &field, index) : from.GetDouble(message, &field));
        case FieldDescriptor::CPPTYPE_FLOAT:
            return jsonNumber(list ? from.GetRepeatedFloat(message, &field, index) : from.GetFloat(message, &field));
        case FieldDescriptor::CPPTYPE_STRING:
            return jsonQuoted(list ? from.GetRepeatedString(message, &field, index) : from.GetString(message, &field));
        case FieldDescriptor::CPPTYPE_ENUM:
            return enumJson(*field.enum_type(), list ? from.GetRepeatedEnumValue(message, &field, index)
                                                     : from.GetEnumValue(message, &field));
        case FieldDescriptor::CPPTYPE_MESSAGE:
            return jsonText(list ? from.GetRepeatedMessage(message, &field, index) : from.GetMessage(message, &field),
                            level);
    }
    return "null";
}

std::string mapText(const Message& message, const FieldDescriptor& field, int level)
{
    const auto& from = *message.GetReflection();
    const auto& key = *field.message_type()->map_key();
    const auto& value = *field.message_type()->map_value();
    std::map<std::string, std::string> entries;  // in order, so that two outputs can be compared
    for (int i = 0; i < from.FieldSize(message, &field); ++i) {
        const auto& entry = from.GetRepeatedMessage(message, &field, i);
        entries[valueText(entry, key, 0, 0)] = valueText(entry, value, 0, level + 1);
    }
    if (entries.empty()) return "{}";
    std::string out = "{";
    for (const auto& [name, text] : entries)
        out += (out.size() == 1 ? "\n" : ",\n") + indent(level + 1) + name + ": " + text;
    return out + '\n' + indent(level) + '}';
}

std::string listText(const Message& message, const FieldDescriptor& field, int level)
{
    const int size = message.GetReflection()->FieldSize(message, &field);
    if (size == 0) return "[]";
    const bool tall = field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    std::string out = "[";
    for (int i = 0; i < size; ++i) {
        out += i == 0 ? "" : ",";
        out += tall ? '\n' + indent(level + 1) : std::string(i == 0 ? "" : " ");
        out += valueText(message, field, i, level + 1);
    }
    return out + (tall ? '\n' + indent(level) : std::string()) + ']';
}

}  // namespace

std::string jsonNumber(double value)
{
    if (!std::isfinite(value)) return "null";
    std::array<char, 32> buffer{};
    if (value == std::floor(value) && std::abs(value) < 9e15) return std::to_string(static_cast<std::int64_t>(value));
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), end.ptr};
}

std::string jsonQuoted(const std::string& text)
{
    static const char* digits = "0123456789abcdef";
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char letter = text[i];
        const auto code = static_cast<unsigned char>(letter);
        const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
        const auto escaped = [&](unsigned control) {
            out += std::string("\\u00") + digits[control >> 4U] + digits[control & 0xfU];
        };
        if (letter == '"' || letter == '\\') {
            out += std::string("\\") + letter;
        } else if (letter == '\n') {
            out += "\\n";
        } else if (code < 0x20 || code == 0x7f) {
            escaped(code);
        } else if (code == 0xc2 && next >= 0x80 && next < 0xa0) {  // terminals obey these, too
            escaped(next);
            ++i;
        } else {
            out += letter;
        }
    }
    return out + '"';
}

std::string jsonText(const Message& message, int level)
{
    const auto& type = *message.GetDescriptor();
    const auto& from = *message.GetReflection();
    std::string out = "{";
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (field.has_presence() && !from.HasField(message, &field)) continue;
        out += (out.size() == 1 ? "\n" : ",\n") + indent(level + 1) + jsonQuoted(field.name()) + ": ";
        out += field.is_map()        ? mapText(message, field, level + 1)
               : field.is_repeated() ? listText(message, field, level + 1)
                                     : valueText(message, field, 0, level + 1);
    }
    return out.size() == 1 ? "{}" : out + '\n' + indent(level) + '}';
}

int printJson(const Message& message)
{
    std::cout << jsonText(message) << '\n';
    return kDone;
}

}  // namespace millrace::ctl
