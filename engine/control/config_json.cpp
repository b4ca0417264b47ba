// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_json.h"

#include "control/config_fields.h"
#include "control/configuration.h"
#include "phrases.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace millrace::config {

namespace {

namespace json = boost::json;

Sentence kindOf(const json::value& value)
{
    switch (value.kind()) {
        case json::kind::null:
            return say(Phrase::KindNull);
        case json::kind::bool_:
            return say(Phrase::KindSwitch);
        case json::kind::string:
            return say(Phrase::KindText);
        case json::kind::array:
            return say(Phrase::KindList);
        case json::kind::object:
            return say(Phrase::KindObject);
        default:
            return say(Phrase::KindNumber);
    }
}

Sentence expectedKind(const Field& field)
{
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            return say(Phrase::KindSwitch);
        case Field::CPPTYPE_MESSAGE:
            return say(Phrase::KindObject);
        case Field::CPPTYPE_STRING:
        case Field::CPPTYPE_ENUM:
            return say(Phrase::KindText);
        case Field::CPPTYPE_DOUBLE:
            return say(Phrase::KindNumber);
        default:
            return say(Phrase::KindWholeNumber);
    }
}

Status wrongType(const std::string& path, const Sentence& expected, const json::value& value)
{
    return refused(path, say(Phrase::SettingMustBe, expected, kindOf(value)));
}

/// Finds the first name that an object has twice: parsed, the last one would silently win.
class NamesOnce {
public:
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);
    using Error = boost::system::error_code;
    using Text = json::string_view;

    std::string twice;  ///< path of what is there twice; empty: nothing

    bool on_document_begin(Error&) { return true; }
    bool on_document_end(Error&) { return true; }
    bool on_object_begin(Error&)
    {
        enter(false);
        return true;
    }
    bool on_object_end(std::size_t, Error&) { return leave(); }
    bool on_array_begin(Error&)
    {
        enter(true);
        return true;
    }
    bool on_array_end(std::size_t, Error&) { return leave(); }
    bool on_key_part(Text part, std::size_t, Error&)
    {
        key_.append(part.data(), part.size());
        return true;
    }
    bool on_key(Text part, std::size_t, Error&)
    {
        key_.append(part.data(), part.size());
        Level& level = levels_.back();
        level.name = std::exchange(key_, {});
        if (!level.names.insert(level.name).second && twice.empty()) twice = join(level.path, level.name);
        return true;
    }
    bool on_string_part(Text, std::size_t, Error&) { return true; }
    bool on_string(Text, std::size_t, Error&) { return value(); }
    bool on_number_part(Text, Error&) { return true; }
    bool on_int64(std::int64_t, Text, Error&) { return value(); }
    bool on_uint64(std::uint64_t, Text, Error&) { return value(); }
    bool on_double(double, Text, Error&) { return value(); }
    bool on_bool(bool, Error&) { return value(); }
    bool on_null(Error&) { return value(); }
    bool on_comment_part(Text, Error&) { return true; }
    bool on_comment(Text, Error&) { return true; }

private:
    struct Level {
        std::string path;
        bool list;
        int index = 0;                // of the next entry of a list
        std::string name;             // of the field that is being read
        std::set<std::string> names;  // seen so far
    };
    void enter(bool list)
    {
        std::string path;
        if (!levels_.empty()) {
            const Level& above = levels_.back();
            path = above.list ? entry(above.path, above.index) : join(above.path, above.name);
        }
        levels_.push_back({std::move(path), list, 0, {}, {}});
    }
    bool leave()
    {
        levels_.pop_back();
        return value();
    }
    bool value()
    {
        if (!levels_.empty()) ++levels_.back().index;
        return true;
    }

    std::vector<Level> levels_;
    std::string key_;
};

Status checkNames(const std::string& text)
{
    json::basic_parser<NamesOnce> parser{json::parse_options()};
    boost::system::error_code error;
    parser.write_some(false, text.data(), text.size(), error);
    const std::string& twice = parser.handler().twice;
    if (twice.empty()) return absl::OkStatus();
    return refused(twice, say(Phrase::SettingTwice));
}

Status readObject(Message& message, const json::object& object, const std::string& path);

Status readValue(Message& message, const Field& field, const json::value& value, const std::string& path)
{
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            if (!value.is_bool()) return wrongType(path, expectedKind(field), value);
            reflection.SetBool(&message, &field, value.get_bool());
            return absl::OkStatus();
        case Field::CPPTYPE_STRING: {
            if (!value.is_string()) return wrongType(path, expectedKind(field), value);
            std::string text(value.get_string().data(), value.get_string().size());
            if (field.is_repeated())
                reflection.AddString(&message, &field, std::move(text));
            else
                reflection.SetString(&message, &field, std::move(text));
            return absl::OkStatus();
        }
        case Field::CPPTYPE_ENUM: {
            if (!value.is_string()) return wrongType(path, expectedKind(field), value);
            const std::string text(value.get_string().data(), value.get_string().size());
            const auto number = choiceNumber(*field.enum_type(), text);
            if (!number)
                return refused(path, say(Phrase::SettingChoice, listed(choicesOf(*field.enum_type())), asTyped(text)));
            reflection.SetEnumValue(&message, &field, *number);
            return absl::OkStatus();
        }
        case Field::CPPTYPE_MESSAGE:
            if (!value.is_object()) return wrongType(path, expectedKind(field), value);
            return readObject(field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                                  : *reflection.MutableMessage(&message, &field),
                              value.get_object(), path);
        default:
            if (!value.is_number()) return wrongType(path, expectedKind(field), value);
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
        if (!value.is_array()) return wrongType(full, say(Phrase::KindList), value);
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
    return json::serialize(json::string(text));
}

bool isQuoted(const Field& field)
{
    return field.cpp_type() == Field::CPPTYPE_STRING || field.cpp_type() == Field::CPPTYPE_ENUM;
}

/// Editors of other systems begin files with it; RFC 8259, 8.1 lets readers pass over it.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<JsonError> parse(json::stream_parser& parser, std::string_view text)
{
    boost::system::error_code error;
    const std::size_t used = parser.write_some(text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (!error) parser.finish(error);
    if (!error) return std::nullopt;
    return JsonError{error.message(), std::min(used, text.size())};
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

std::optional<JsonError> findJsonError(const std::string& text)
{
    const std::size_t skipped = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    json::stream_parser parser;
    auto error = parse(parser, std::string_view(text).substr(skipped));
    if (error) error->offset += skipped;
    return error;
}

StatusOr<Config> parseJson(const std::string& document)
{
    const std::string text = document.starts_with(kByteOrderMark) ? document.substr(kByteOrderMark.size()) : document;
    json::stream_parser parser;
    if (const auto error = parse(parser, text)) {
        const auto end = text.begin() + static_cast<std::ptrdiff_t>(error->offset);
        const auto line = std::count(text.begin(), end, '\n') + 1;
        return invalidArgument("not valid JSON at line " + std::to_string(line) + ": " + error->reason);
    }
    if (Status status = checkNames(text); !status.ok()) return status;
    const json::value root = parser.release();
    if (!root.is_object()) return refused({}, say(Phrase::ConfigNotObject, kindOf(root)));
    Config config;
    Status status = readObject(config, root.get_object(), {});
    if (!status.ok()) return status;
    return config;
}

StatusOr<Config> readFile(const std::string& path)
{
    constexpr std::size_t kBytesMax = 16 * 1024 * 1024;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT) return notFound("no such file: " + path);
    if (file < 0) return unavailable(path + " cannot be opened: " + std::strerror(errno));
    std::string content;
    std::array<char, 65536> buffer;
    int error = 0;
    for (;;) {
        const ssize_t got = ::read(file, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) error = errno;
        if (got <= 0 || content.size() > kBytesMax) break;
        content.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(file);
    if (error == EISDIR) return invalidArgument(path + " is a folder, not a configuration file");
    if (error != 0) return unavailable(path + " cannot be read: " + std::strerror(error));
    if (content.size() > kBytesMax)
        return invalidArgument(path + " is larger than 16 MiB, the limit of a configuration file");
    auto config = parseJson(content);
    if (config.ok()) return config;
    Status named = invalidArgument(path + ": " + text(config.status()));
    const auto field = fieldOf(config.status());
    return field ? withField(named, *field) : named;
}

}  // namespace millrace::config
