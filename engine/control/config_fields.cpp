// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_fields.h"

#include "base/letters.h"
#include "base/number.h"
#include "phrases.h"
#include "telemetry/sentence_message.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

namespace millrace::config {

namespace {

/// BACKEND_KIND_ of BackendKind.
std::string choicePrefix(const google::protobuf::EnumDescriptor& type)
{
    std::string prefix;
    for (char letter : type.name()) {
        if (letter >= 'A' && letter <= 'Z' && !prefix.empty()) prefix += '_';
        prefix += upper(letter);
    }
    return prefix + '_';
}

std::string choiceOf(const google::protobuf::EnumValueDescriptor& value)
{
    const std::string prefix = choicePrefix(*value.type());
    const std::string& name = value.name();
    return lowered(name.rfind(prefix, 0) == 0 ? name.substr(prefix.size()) : name);
}

std::size_t editDistance(const std::string& left, const std::string& right)
{
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t changed = diagonal + (left[i - 1] == right[j - 1] ? 0U : 1U);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row.back();
}

}  // namespace

const v1::Setting& settingOptions(const Field& field)
{
    return field.options().GetExtension(v1::setting);
}

bool isGroup(const Field& field)
{
    return field.cpp_type() == Field::CPPTYPE_MESSAGE;
}

std::string effectName(v1::Effect effect)
{
    return choiceName(*v1::Effect_descriptor(), effect);
}

std::string typeName(v1::SettingType type)
{
    return choiceName(*v1::SettingType_descriptor(), type);
}

std::string choiceName(const google::protobuf::EnumDescriptor& type, int number)
{
    const auto* value = type.FindValueByNumber(number);
    return value ? choiceOf(*value) : std::to_string(number);
}

std::vector<std::string> choicesOf(const google::protobuf::EnumDescriptor& type)
{
    std::vector<std::string> names;
    for (int i = 0; i < type.value_count(); ++i) names.push_back(choiceOf(*type.value(i)));
    return names;
}

std::optional<int> choiceNumber(const google::protobuf::EnumDescriptor& type, const std::string& name)
{
    for (int i = 0; i < type.value_count(); ++i)
        if (choiceOf(*type.value(i)) == lowered(name)) return type.value(i)->number();
    return std::nullopt;
}

v1::SettingType typeOf(const Field& field)
{
    if (field.is_repeated()) return v1::SETTING_TYPE_LIST;
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            return v1::SETTING_TYPE_SWITCH;
        case Field::CPPTYPE_STRING:
            return v1::SETTING_TYPE_TEXT;
        case Field::CPPTYPE_ENUM:
            return v1::SETTING_TYPE_CHOICE;
        case Field::CPPTYPE_DOUBLE:
        case Field::CPPTYPE_FLOAT:
            return v1::SETTING_TYPE_NUMBER;
        default:
            return v1::SETTING_TYPE_INTEGER;
    }
}

std::string numberText(double value)
{
    std::array<char, 32> buffer{};
    // Whole numbers up to 2^53 are exact; to_chars would write the large ones with an exponent.
    if (value == std::floor(value) && std::abs(value) < 9.0e15) {
        const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<std::int64_t>(value));
        return {buffer.data(), end.ptr};
    }
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), end.ptr};
}

Sentence rangeOf(const v1::Setting& setting)
{
    const auto amount = [&setting](const std::string& number) -> Value {
        if (setting.unit().empty()) return number;
        return say(Phrase::Amount, number, setting.unit());
    };
    const auto sentence = [](const Value& value) {
        const auto* inner = std::get_if<Sentence>(&value.content);
        return inner ? *inner : Sentence(value.english());
    };
    if (setting.has_min() && setting.has_max())
        return sentence(amount(numberText(setting.min()) + " – " + numberText(setting.max())));
    if (setting.has_min()) return say(Phrase::AtLeast, amount(numberText(setting.min())));
    if (setting.has_max()) return say(Phrase::AtMost, amount(numberText(setting.max())));
    return {};
}

std::string valueText(const Message& message, const Field& field, std::optional<int> index)
{
    const auto& reflection = *message.GetReflection();
    if (field.is_repeated()) {
        // Texts are the only lists of values that config.proto has.
        if (index) return reflection.GetRepeatedString(message, &field, *index);
        std::string all;
        for (int i = 0; i < reflection.FieldSize(message, &field); ++i)
            all += (i == 0 ? "" : ",") + reflection.GetRepeatedString(message, &field, i);
        return all;
    }
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            return reflection.GetBool(message, &field) ? "true" : "false";
        case Field::CPPTYPE_STRING:
            return reflection.GetString(message, &field);
        case Field::CPPTYPE_ENUM:
            return choiceName(*field.enum_type(), reflection.GetEnumValue(message, &field));
        case Field::CPPTYPE_DOUBLE:
            return numberText(reflection.GetDouble(message, &field));
        case Field::CPPTYPE_UINT32:
            return std::to_string(reflection.GetUInt32(message, &field));
        case Field::CPPTYPE_UINT64:
            return std::to_string(reflection.GetUInt64(message, &field));
        default:
            return {};
    }
}

void setDefault(Message& message, const Field& field)
{
    const auto& setting = settingOptions(field);
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            reflection.SetBool(&message, &field, setting.default_on());
            break;
        case Field::CPPTYPE_STRING:
            reflection.SetString(&message, &field, setting.default_text());
            break;
        case Field::CPPTYPE_ENUM:
            reflection.SetEnumValue(&message, &field,
                                    choiceNumber(*field.enum_type(), setting.default_text()).value_or(0));
            break;
        case Field::CPPTYPE_DOUBLE:
            reflection.SetDouble(&message, &field, setting.default_number());
            break;
        case Field::CPPTYPE_UINT32:
            reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(setting.default_number()));
            break;
        case Field::CPPTYPE_UINT64:
            reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(setting.default_number()));
            break;
        default:
            break;
    }
}

std::string defaultText(const Field& field)
{
    const auto& setting = settingOptions(field);
    if (field.is_repeated()) return {};
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            return setting.default_on() ? "true" : "false";
        case Field::CPPTYPE_STRING:
            return setting.default_text();
        case Field::CPPTYPE_ENUM:
            return choiceName(*field.enum_type(), choiceNumber(*field.enum_type(), setting.default_text()).value_or(0));
        default:
            return numberText(setting.default_number());
    }
}

Status setNumber(Message& message, const Field& field, double value, const std::string& path)
{
    const auto& reflection = *message.GetReflection();
    const auto& setting = settingOptions(field);
    if (!std::isfinite(value)) return refused(path, say(Phrase::SettingMustBeA, say(Phrase::KindNumber)));
    if (field.cpp_type() == Field::CPPTYPE_DOUBLE) {
        reflection.SetDouble(&message, &field, value);
        return absl::OkStatus();
    }
    if (value != std::floor(value))
        return refused(path, say(Phrase::SettingMustBe, say(Phrase::KindWholeNumber), numberText(value)));
    const bool small = field.cpp_type() == Field::CPPTYPE_UINT32;
    const double largest = small ? static_cast<double>(std::numeric_limits<std::uint32_t>::max()) : 9.0e15;
    if (value < 0 || value > largest)
        return refused(path, say(Phrase::SettingMustBe, rangeOf(setting), numberText(value)));
    if (small)
        reflection.SetUInt32(&message, &field, static_cast<std::uint32_t>(value));
    else
        reflection.SetUInt64(&message, &field, static_cast<std::uint64_t>(value));
    return absl::OkStatus();
}

StatusOr<std::vector<Step>> parsePath(const std::string& path)
{
    const auto bad = [&path](const std::string& why) {
        return refused(path.empty() ? asTyped(path) : path, "is not the path of a setting: " + why);
    };
    std::vector<Step> steps;
    std::size_t at = 0;
    while (true) {
        Step step;
        while (at < path.size() && path[at] != '.' && path[at] != '[') step.name += path[at++];
        if (step.name.empty()) return bad("a name is missing");
        if (at < path.size() && path[at] == '[') {
            const std::size_t close = path.find(']', at);
            if (close == std::string::npos) return bad("a ] is missing");
            const int index = readNumber<int>(std::string_view(path).substr(at + 1, close - at - 1)).value_or(-1);
            if (index < 0) return bad("an index is a number from 0");
            step.index = index;
            at = close + 1;
        }
        steps.push_back(std::move(step));
        if (at == path.size()) return steps;
        if (path[at] != '.') return bad("a dot is missing after ]");
        ++at;
    }
}

std::string nearest(const std::string& name, const std::vector<std::string>& names)
{
    std::string best;
    std::size_t bestDistance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const auto& candidate : names) {
        std::size_t distance = editDistance(lowered(name), candidate);
        // A name that only lacks its beginning or its end is near too: size for size_max.
        if (name.size() >= 3 && candidate.find(lowered(name)) != std::string::npos)
            distance = std::min<std::size_t>(distance, 2);
        if (distance < bestDistance) {
            best = candidate;
            bestDistance = distance;
        }
    }
    return best;
}

Status unknownName(const Descriptor& type, const std::string& name, const std::string& parentPath,
                   const std::string& fullPath)
{
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
    const std::string near = nearest(name, names);
    if (!near.empty()) return refused(fullPath, say(Phrase::SettingUnknown, join(parentPath, near)));
    return refused(fullPath, parentPath.empty() ? say(Phrase::SettingUnknownGroup, listed(names))
                                                : say(Phrase::SettingUnknownIn, parentPath, listed(names)));
}

Status refused(const std::string& path, const Sentence& message)
{
    Status status = path.empty() ? invalidArgument(message.english())
                                 : withField(invalidArgument(path + ' ' + message.english()), path);
    status.SetPayload(kMessageUrl, absl::Cord(message.english()));
    status.SetPayload(kPhraseUrl, absl::Cord(telemetry::toBytes(message)));
    return status;
}

std::string asTyped(const std::string& text)
{
    return '"' + text + '"';
}

std::string listed(const std::vector<std::string>& names)
{
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

std::string join(const std::string& parent, const std::string& name)
{
    return parent.empty() ? name : parent + '.' + name;
}

std::string entry(const std::string& list, int index)
{
    return list + '[' + std::to_string(index) + ']';
}

void forEachSetting(const Message& message, const std::string& prefix,
                    const std::function<void(const std::string&, const Message&, const Field&)>& call)
{
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        const std::string path = join(prefix, field.name());
        if (!isGroup(field)) {
            call(path, message, field);
        } else if (field.is_repeated()) {
            for (int at = 0; at < reflection.FieldSize(message, &field); ++at)
                forEachSetting(reflection.GetRepeatedMessage(message, &field, at), entry(path, at), call);
        } else {
            forEachSetting(reflection.GetMessage(message, &field), path, call);
        }
    }
}

bool isPlainText(const std::string& text)
{
    std::size_t at = 0;
    while (at < text.size()) {
        const auto lead = static_cast<unsigned char>(text[at]);
        if (lead < 0x20 || lead == 0x7f) return false;
        if (lead < 0x80) {
            ++at;
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || at + length > text.size()) return false;
        std::uint32_t code = lead & (0x7fU >> length);
        for (std::size_t i = 1; i < length; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            if ((next & 0xc0U) != 0x80U) return false;
            code = (code << 6U) | (next & 0x3fU);
        }
        const std::uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
        at += length;
    }
    return true;
}

void addDefaultBackend(Config& config)
{
    auto& backend = *config.add_backends();
    backend.set_name("runtime");
    backend.set_kind(v1::BACKEND_KIND_RUNTIME);
    backend.set_enabled(true);
}

}  // namespace millrace::config
