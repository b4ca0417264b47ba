// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/config_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace millrace::desktop::config_text {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

template <class T>
bool parse(const std::string& text, T& out)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
}

bool isGiven(const Message& message, const FieldDescriptor& field)
{
    const auto* reflection = message.GetReflection();
    return field.is_repeated() ? reflection->FieldSize(message, &field) > 0 : reflection->HasField(message, &field);
}

void walk(const Message& message, const std::string& prefix, bool all,
          const std::function<void(const std::string&, const std::string&)>& visit)
{
    const auto* descriptor = message.GetDescriptor();
    const auto* reflection = message.GetReflection();
    for (int i = 0; i < descriptor->field_count(); ++i) {
        const FieldDescriptor& field = *descriptor->field(i);
        const std::string path = prefix.empty() ? field.name() : prefix + "." + field.name();
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            if (all || isGiven(message, field)) visit(path, get(message, field));
        } else if (!field.is_repeated()) {
            if (all || isGiven(message, field)) walk(reflection->GetMessage(message, &field), path, all, visit);
        } else {
            for (int entry = 0; entry < reflection->FieldSize(message, &field); ++entry) {
                walk(reflection->GetRepeatedMessage(message, &field, entry), path + "[" + std::to_string(entry) + "]",
                     all, visit);
            }
        }
    }
}

}  // namespace

std::string number(double value)
{
    if (value == std::floor(value) && std::abs(value) < 1e15) return std::to_string(static_cast<long long>(value));
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return error == std::errc() ? std::string(buffer.data(), end) : std::to_string(value);
}

std::string enumWord(const EnumValueDescriptor& value)
{
    // LOG_LEVEL_INFO of LogLevel: the prefix has as many words as the type's name.
    const auto words = std::count_if(value.type()->name().begin(), value.type()->name().end(),
                                     [](unsigned char c) { return std::isupper(c) != 0; });
    std::string name = value.name();
    for (long i = 0; i < words; ++i) {
        const auto bar = name.find('_');
        if (bar == std::string::npos) break;
        name.erase(0, bar + 1);
    }
    return lower(name);
}

std::string get(const Message& holder, const FieldDescriptor& field)
{
    const auto* reflection = holder.GetReflection();
    if (field.is_repeated()) {
        std::string out;
        for (int i = 0; i < reflection->FieldSize(holder, &field); ++i) {
            if (i > 0) out += ", ";
            out += reflection->GetRepeatedString(holder, &field, i);
        }
        return out;
    }
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return reflection->GetBool(holder, &field) ? "true" : "false";
        case FieldDescriptor::CPPTYPE_STRING:
            return reflection->GetString(holder, &field);
        case FieldDescriptor::CPPTYPE_ENUM:
            return enumWord(*reflection->GetEnum(holder, &field));
        case FieldDescriptor::CPPTYPE_UINT32:
            return std::to_string(reflection->GetUInt32(holder, &field));
        case FieldDescriptor::CPPTYPE_UINT64:
            return std::to_string(reflection->GetUInt64(holder, &field));
        case FieldDescriptor::CPPTYPE_INT32:
            return std::to_string(reflection->GetInt32(holder, &field));
        case FieldDescriptor::CPPTYPE_INT64:
            return std::to_string(reflection->GetInt64(holder, &field));
        case FieldDescriptor::CPPTYPE_DOUBLE:
            return number(reflection->GetDouble(holder, &field));
        default:
            return {};
    }
}

std::string set(Message& holder, const FieldDescriptor& field, const std::string& path, const std::string& text)
{
    const auto* reflection = holder.GetReflection();
    if (text.empty() && field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
        reflection->ClearField(&holder, &field);
        return {};
    }
    if (field.is_repeated()) {
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return path + " is not a setting";
        reflection->ClearField(&holder, &field);
        std::size_t from = 0;
        while (from <= text.size()) {
            const auto comma = std::min(text.find(',', from), text.size());
            std::string entry = text.substr(from, comma - from);
            entry.erase(0, entry.find_first_not_of(" \t\n"));
            entry.erase(entry.find_last_not_of(" \t\n") + 1);
            if (!entry.empty()) reflection->AddString(&holder, &field, entry);
            from = comma + 1;
        }
        return {};
    }
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            if (text != "true" && text != "false") return "'" + text + "' is neither true nor false";
            reflection->SetBool(&holder, &field, text == "true");
            return {};
        case FieldDescriptor::CPPTYPE_STRING:
            if (text.empty()) {
                reflection->ClearField(&holder, &field);
            } else {
                reflection->SetString(&holder, &field, text);
            }
            return {};
        case FieldDescriptor::CPPTYPE_ENUM:
            for (int i = 0; i < field.enum_type()->value_count(); ++i) {
                if (enumWord(*field.enum_type()->value(i)) != text) continue;
                reflection->SetEnum(&holder, &field, field.enum_type()->value(i));
                return {};
            }
            return "'" + text + "' is not one of the choices";
        case FieldDescriptor::CPPTYPE_DOUBLE: {
            double value = 0;
            if (!parse(text, value)) return "'" + text + "' is not a number";
            reflection->SetDouble(&holder, &field, value);
            return {};
        }
        default: {
            std::uint64_t value = 0;
            if (!parse(text, value)) return "'" + text + "' is not a whole number";
            if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
                reflection->SetUInt64(&holder, &field, value);
            } else if (value > std::numeric_limits<std::uint32_t>::max()) {
                return text + " is too large";
            } else {
                reflection->SetUInt32(&holder, &field, static_cast<std::uint32_t>(value));
            }
            return {};
        }
    }
}

std::string setPath(Message& top, const std::string& path, const std::string& text)
{
    Message* message = &top;
    std::size_t from = 0;
    for (;;) {
        const auto dot = path.find('.', from);
        std::string part = path.substr(from, dot == std::string::npos ? std::string::npos : dot - from);
        int entry = -1;
        const auto bracket = part.find('[');
        if (bracket != std::string::npos) {
            if (!parse(part.substr(bracket + 1, part.size() - bracket - 2), entry)) return path + " is not a setting";
            part.resize(bracket);
        }
        const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(part);
        if (!field) return path + " is not a setting";
        if (dot == std::string::npos) {
            if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) return path + " is a group, not a setting";
            return set(*message, *field, path, text);
        }
        if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return path + " is not a setting";
        const auto* reflection = message->GetReflection();
        if (field->is_repeated()) {
            const int size = reflection->FieldSize(*message, field);
            if (entry < 0 || entry > size) return path + ": there is no such entry";
            message = entry == size ? reflection->AddMessage(message, field)
                                    : reflection->MutableRepeatedMessage(message, field, entry);
        } else {
            message = reflection->MutableMessage(message, field);
        }
        from = dot + 1;
    }
}

void forEach(const Message& top, const std::function<void(const std::string&, const std::string&)>& visit)
{
    walk(top, {}, true, visit);
}

void forEachGiven(const Message& top, const std::function<void(const std::string&, const std::string&)>& visit)
{
    walk(top, {}, false, visit);
}

}  // namespace millrace::desktop::config_text
