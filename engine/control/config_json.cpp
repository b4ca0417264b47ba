// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_fields.h"
#include "control/configuration.h"

#include <boost/json/object.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace millrace::config {

namespace {

namespace json = boost::json;

std::string kindName(const json::value& value)
{
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "true or false";
        case json::kind::string:
            return "a text";
        case json::kind::array:
            return "a list";
        case json::kind::object:
            return "an object";
        default:
            return "a number";
    }
}

std::string expectedName(const Field& field)
{
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            return "true or false";
        case Field::CPPTYPE_STRING:
            return "a text";
        case Field::CPPTYPE_MESSAGE:
            return "an object";
        case Field::CPPTYPE_ENUM:
            return "a text";
        case Field::CPPTYPE_DOUBLE:
            return "a number";
        default:
            return "a whole number";
    }
}

Status wrongType(const std::string& path, const std::string& expected, const json::value& value)
{
    return withField(invalidArgument(path + " must be " + expected + ", is " + kindName(value)), path);
}

Status readObject(Message& message, const json::object& object, const std::string& path);

Status readValue(Message& message, const Field& field, const json::value& value, const std::string& path)
{
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            if (!value.is_bool()) return wrongType(path, expectedName(field), value);
            reflection.SetBool(&message, &field, value.get_bool());
            return absl::OkStatus();
        case Field::CPPTYPE_STRING: {
            if (!value.is_string()) return wrongType(path, expectedName(field), value);
            std::string text(value.get_string().data(), value.get_string().size());
            if (field.is_repeated())
                reflection.AddString(&message, &field, std::move(text));
            else
                reflection.SetString(&message, &field, std::move(text));
            return absl::OkStatus();
        }
        case Field::CPPTYPE_ENUM: {
            if (!value.is_string()) return wrongType(path, expectedName(field), value);
            const std::string text(value.get_string().data(), value.get_string().size());
            const auto number = choiceNumber(*field.enum_type(), text);
            if (!number) {
                std::string names;
                for (const auto& name : choicesOf(*field.enum_type())) names += (names.empty() ? "" : ", ") + name;
                return withField(invalidArgument(path + " must be one of " + names + ", is \"" + text + "\""), path);
            }
            reflection.SetEnumValue(&message, &field, *number);
            return absl::OkStatus();
        }
        case Field::CPPTYPE_MESSAGE:
            if (!value.is_object()) return wrongType(path, expectedName(field), value);
            return readObject(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                                  : *reflection.MutableMessage(&message, &field),
                              value.get_object(), path);
        default:
            if (!value.is_number()) return wrongType(path, expectedName(field), value);
            return setNumber(message, field, value.to_number<double>(), path);
    }
}

Status readObject(Message& message, const json::object& object, const std::string& path)
{
    const auto& type = *message.GetDescriptor();
    for (const auto& [key, value] : object) {
        const std::string name(key.data(), key.size());
        const std::string full = join(path, name);
        const Field* field = type.FindFieldByName(name);
        if (!field) return unknownName(type, name, path, full);
        if (!field->is_repeated()) {
            Status status = readValue(message, *field, value, full);
            if (!status.ok()) return status;
            continue;
        }
        if (!value.is_array()) return wrongType(full, "a list", value);
        int index = 0;
        for (const auto& item : value.get_array()) {
            Status status = readValue(message, *field, item, entry(full, index++));
            if (!status.ok()) return status;
        }
    }
    return absl::OkStatus();
}

std::string quoted(const std::string& text)
{
    static const char* digits = "0123456789abcdef";
    std::string out = "\"";
    for (char letter : text) {
        const auto code = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            out += '\\';
            out += letter;
        } else if (code < 0x20) {
            out += "\\u00";
            out += digits[code >> 4U];
            out += digits[code & 0xfU];
        } else {
            out += letter;
        }
    }
    return out + '"';
}

bool isQuoted(const Field& field)
{
    return field.cpp_type() == Field::CPPTYPE_STRING || field.cpp_type() == Field::CPPTYPE_ENUM;
}

}  // namespace

std::string listJson(const Message& parent, const Field& field, int level)
{
    const auto& reflection = *parent.GetReflection();
    const int size = reflection.FieldSize(parent, &field);
    if (size == 0) return "[]";
    const std::string indent(static_cast<std::size_t>(level + 1) * 2, ' ');
    std::string out = "[\n";
    for (int i = 0; i < size; ++i) {
        out += indent;
        out += isGroup(field) ? messageJson(reflection.GetRepeatedMessage(parent, &field, i), level + 1)
                              : quoted(valueText(parent, field, i));
        out += i + 1 < size ? ",\n" : "\n";
    }
    return out + std::string(static_cast<std::size_t>(level) * 2, ' ') + ']';
}

std::string messageJson(const Message& message, int level)
{
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    const std::string indent(static_cast<std::size_t>(level + 1) * 2, ' ');
    std::string out;
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        if (field.is_repeated() ? reflection.FieldSize(message, &field) == 0 : !reflection.HasField(message, &field))
            continue;
        out += out.empty() ? "{\n" : ",\n";
        out += indent + quoted(field.name()) + ": ";
        if (field.is_repeated()) {
            out += listJson(message, field, level + 1);
        } else if (isGroup(field)) {
            out += messageJson(reflection.GetMessage(message, &field), level + 1);
        } else {
            const std::string value = valueText(message, field);
            out += isQuoted(field) ? quoted(value) : value;
        }
    }
    if (out.empty()) return "{}";
    return out + '\n' + std::string(static_cast<std::size_t>(level) * 2, ' ') + '}';
}

std::string toJson(const Config& config)
{
    return messageJson(config, 0) + '\n';
}

StatusOr<Config> parseJson(const std::string& text)
{
    json::stream_parser parser;
    boost::system::error_code error;
    std::size_t used = parser.write_some(text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (!error) parser.finish(error);
    if (error) {
        used = std::min(used, text.size());
        const auto end = text.begin() + static_cast<std::ptrdiff_t>(used);
        const auto line = std::count(text.begin(), end, '\n') + 1;
        return invalidArgument("no JSON at line " + std::to_string(line) + ": " + error.message());
    }
    const json::value root = parser.release();
    if (!root.is_object()) return invalidArgument("the configuration must be a JSON object, is " + kindName(root));
    Config config;
    Status status = readObject(config, root.get_object(), {});
    if (!status.ok()) return status;
    return config;
}

StatusOr<Config> readFile(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) return notFound("there is no file " + path);
    const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (file.bad()) return invalidArgument(path + " cannot be read");
    auto config = parseJson(content);
    if (config.ok()) return config;
    Status named = invalidArgument(path + ": " + text(config.status()));
    const auto field = fieldOf(config.status());
    return field ? withField(named, *field) : named;
}

}  // namespace millrace::config
