// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_value.h"

#include "base/letters.h"
#include "control/configuration.h"
#include "phrases.h"

#include <charconv>
#include <vector>

namespace millrace::config {

namespace {

struct Suffix {
    const char* name;
    double factor;
};

// KB is accepted and means KiB.
constexpr double kKilo = 1024;
const std::vector<Suffix>& byteSuffixes()
{
    static const std::vector<Suffix> all = {{"", 1},
                                            {"b", 1},
                                            {"bytes", 1},
                                            {"k", kKilo},
                                            {"kb", kKilo},
                                            {"kib", kKilo},
                                            {"m", kKilo * kKilo},
                                            {"mb", kKilo * kKilo},
                                            {"mib", kKilo * kKilo},
                                            {"g", kKilo * kKilo * kKilo},
                                            {"gb", kKilo * kKilo * kKilo},
                                            {"gib", kKilo * kKilo * kKilo},
                                            {"tb", kKilo * kKilo * kKilo * kKilo},
                                            {"tib", kKilo * kKilo * kKilo * kKilo}};
    return all;
}

const std::vector<Suffix>& timeSuffixes()
{
    static const std::vector<Suffix> all = {{"", 1},       {"us", 0.001},   {"ms", 1},        {"s", 1000},
                                            {"sec", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    return all;
}

std::vector<Suffix> suffixesOf(const v1::Setting& setting)
{
    if (setting.unit() == "bytes") return byteSuffixes();
    if (setting.unit() == "ms") return timeSuffixes();
    if (setting.unit().empty()) return {{"", 1}, {"%", 0.01}};
    return {{"", 1}, {setting.unit().c_str(), 1}};
}

StatusOr<double> parseNumber(const v1::Setting& setting, const std::string& text, const std::string& path)
{
    const std::string_view plain = trimmed(text);
    double value = 0;
    const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
    const Sentence range = rangeOf(setting);
    const Sentence wanted = range.empty() ? say(Phrase::KindNumber) : range;
    if (error != std::errc()) return refused(path, say(Phrase::SettingMustBe, wanted, asTyped(text)));
    const std::string suffix = lowered(trimmed(plain.substr(static_cast<std::size_t>(end - plain.data()))));
    std::vector<std::string> known;
    for (const auto& candidate : suffixesOf(setting)) {
        if (suffix == candidate.name) return value * candidate.factor;
        if (*candidate.name) known.emplace_back(candidate.name);
    }
    return refused(path, say(Phrase::SettingSuffix, wanted, asTyped(suffix), listed(known)));
}

std::vector<std::string> parseList(const std::string& text)
{
    std::vector<std::string> entries;
    std::size_t at = 0;
    while (at <= text.size()) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        std::string entry(trimmed(std::string_view(text).substr(at, comma - at)));
        if (!entry.empty()) entries.push_back(std::move(entry));
        at = comma + 1;
    }
    return entries;
}

}  // namespace

Status setValue(Message& message, const Field& field, std::optional<int> index, const std::string& text,
                const std::string& path)
{
    const auto& reflection = *message.GetReflection();
    const auto& setting = settingOptions(field);
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL: {
            const std::string word = lowered(trimmed(text));
            const bool yes = word == "true" || word == "on" || word == "yes" || word == "1";
            const bool no = word == "false" || word == "off" || word == "no" || word == "0";
            if (!yes && !no) return refused(path, say(Phrase::SettingMustBe, say(Phrase::KindSwitch), asTyped(text)));
            reflection.SetBool(&message, &field, yes);
            return absl::OkStatus();
        }
        case Field::CPPTYPE_ENUM: {
            const auto number = choiceNumber(*field.enum_type(), std::string(trimmed(text)));
            if (!number)
                return refused(path, say(Phrase::SettingChoice, listed(choicesOf(*field.enum_type())), asTyped(text)));
            reflection.SetEnumValue(&message, &field, *number);
            return absl::OkStatus();
        }
        case Field::CPPTYPE_STRING:
            if (!isPlainText(text)) return refused(path, say(Phrase::SettingPlainText));
            if (!field.is_repeated()) {
                reflection.SetString(&message, &field, text);
            } else if (!index) {
                reflection.ClearField(&message, &field);
                for (auto& entry : parseList(text)) reflection.AddString(&message, &field, std::move(entry));
            } else if (*index == reflection.FieldSize(message, &field)) {
                reflection.AddString(&message, &field, text);
            } else {
                reflection.SetRepeatedString(&message, &field, *index, text);
            }
            return absl::OkStatus();
        default: {
            const auto value = parseNumber(setting, text, path);
            if (!value.ok()) return value.status();
            return setNumber(message, field, *value, path);
        }
    }
}

std::string valueHelp()
{
    return "Values: numbers may carry a suffix. Where the unit is bytes: KiB, MiB, GiB, TiB (KB, MB, GB and TB mean "
           "the same), 1024 each step. "
           "Where it is ms: us, ms, s, min, h, d. Where it is a share of 1: %. Switches are true, false, on or off. "
           "Lists are separated by commas. An empty value resets a setting to its default.";
}

}  // namespace millrace::config
