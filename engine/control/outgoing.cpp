// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/outgoing.h"

#include "base/text.h"
#include "config.pb.h"
#include "control.pb.h"

#include <string>
#include <utility>
#include <vector>

namespace millrace::control {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kValueBytesMax = 64 * 1024;  // a setting that is a list of texts
constexpr std::size_t kLineBytesMax = 16 * 1024;

enum class Kind { Text, Value, Lines };

/// Nearly all is one text of one line; these are not.
Kind kindOf(const FieldDescriptor& field)
{
    static const FieldDescriptor* const metrics = v1::Metrics::descriptor()->FindFieldByName("prometheus_text");
    static const FieldDescriptor* const before = v1::ConfigChange::descriptor()->FindFieldByName("before");
    static const FieldDescriptor* const after = v1::ConfigChange::descriptor()->FindFieldByName("after");
    if (&field == metrics) return Kind::Lines;
    return &field == before || &field == after ? Kind::Value : Kind::Text;
}

std::size_t mostOf(Kind kind)
{
    return kind == Kind::Text ? kMessageBytesMax : kind == Kind::Value ? kValueBytesMax : kLineBytesMax;
}

/// False: it is right as it is.
bool washText(const std::string& text, Kind kind, std::string& out)
{
    const std::size_t most = mostOf(kind);
    if (kind != Kind::Lines) {
        if (isWashed(text, most)) return false;
        out = washed(text, most);
        return true;
    }
    out.clear();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        out += washed(std::string_view(text).substr(at, end - at), most);
        if (end < text.size()) out += '\n';
        at = end + 1;
    }
    return out != text;
}

bool isConfiguration(const google::protobuf::Descriptor& type)
{
    return type.file() == config::v1::Config::descriptor()->file();
}

bool holdsText(const FieldDescriptor& field)
{
    return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING || field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

/// An entry of a map, read only: to ask for it to be changed makes the whole map be built anew.
bool entryIsWashed(const Message& entry, std::string& buffer)
{
    const auto& from = *entry.GetReflection();
    const auto& type = *entry.GetDescriptor();
    for (const FieldDescriptor* part : {type.map_key(), type.map_value()})
        if (part->cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
            washText(from.GetString(entry, part), Kind::Text, buffer))
            return false;
    return true;
}

void washMap(Message& message, const FieldDescriptor& field, std::string& buffer)
{
    const auto& from = *message.GetReflection();
    const FieldDescriptor& value = *field.message_type()->map_value();
    if (field.message_type()->map_key()->cpp_type() != FieldDescriptor::CPPTYPE_STRING && !holdsText(value)) return;
    const int size = from.FieldSize(message, &field);
    bool right = value.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE;
    for (int i = 0; right && i < size; ++i) right = entryIsWashed(from.GetRepeatedMessage(message, &field, i), buffer);
    if (right) return;
    for (int i = 0; i < size; ++i) wash(*from.MutableRepeatedMessage(&message, &field, i));
}

void washField(Message& message, const FieldDescriptor& field, std::string& buffer)
{
    const auto& from = *message.GetReflection();
    if (field.is_map()) return washMap(message, field, buffer);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        if (isConfiguration(*field.message_type())) return;
        if (!field.is_repeated()) return wash(*from.MutableMessage(&message, &field));
        for (int i = 0; i < from.FieldSize(message, &field); ++i)
            wash(*from.MutableRepeatedMessage(&message, &field, i));
        return;
    }
    const Kind kind = kindOf(field);
    std::string copy;
    if (!field.is_repeated()) {
        if (washText(from.GetStringReference(message, &field, &copy), kind, buffer))
            from.SetString(&message, &field, std::move(buffer));
        return;
    }
    for (int i = 0; i < from.FieldSize(message, &field); ++i)
        if (washText(from.GetRepeatedStringReference(message, &field, i, &copy), kind, buffer))
            from.SetRepeatedString(&message, &field, i, std::move(buffer));
}

}  // namespace

void wash(Message& message)
{
    std::string buffer;
    const auto& type = *message.GetDescriptor();
    const auto& from = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (!holdsText(field)) continue;
        // What is not there is not made by looking at it.
        if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
            !from.HasField(message, &field))
            continue;
        washField(message, field, buffer);
    }
}

}  // namespace millrace::control
