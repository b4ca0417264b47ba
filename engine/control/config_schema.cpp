// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_schema.h"

#include "control/config_fields.h"
#include "control/configuration.h"

#include <algorithm>

namespace millrace::config {

namespace {

void collect(const Descriptor& type, const std::string& prefix, const v1::Group* group, std::vector<SettingInfo>& out)
{
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        const std::string path = join(prefix, field.name());
        if (isGroup(field)) {
            const auto& options = field.options().GetExtension(v1::group);
            collect(*field.message_type(), field.is_repeated() ? path + "[]" : path, group ? group : &options, out);
            continue;
        }
        const auto& setting = settingOptions(field);
        SettingInfo info;
        info.path = path;
        info.type = typeOf(field);
        info.unit = setting.unit();
        if (setting.has_min()) info.min = setting.min();
        if (setting.has_max()) info.max = setting.max();
        info.defaultText = defaultText(field);
        info.title = setting.title();
        info.help = setting.help();
        info.takesEffect = setting.applies();
        info.group = path.substr(0, path.find_first_of(".["));
        if (group) {
            info.groupTitle = group->title();
            info.groupHelp = group->help();
            info.stage = group->stage();
        }
        if (field.cpp_type() == Field::CPPTYPE_ENUM) info.choices = choicesOf(*field.enum_type());
        info.secret = setting.secret();
        if (setting.has_for_kind()) info.forKind = setting.for_kind();
        out.push_back(std::move(info));
    }
}

std::string cell(const std::string& text)
{
    std::string out;
    for (char letter : text) out += letter == '|' ? std::string("\\|") : std::string(1, letter);
    return out;
}

std::string allowed(const SettingInfo& info)
{
    if (!info.choices.empty()) {
        std::string names;
        for (const auto& name : info.choices) names += (names.empty() ? "" : ", ") + name;
        return names;
    }
    if (info.type == v1::SETTING_TYPE_SWITCH) return "true, false";
    if (!info.min && !info.max) return typeName(info.type);
    std::string text = (info.min ? numberText(*info.min) : "…") + " – " + (info.max ? numberText(*info.max) : "…");
    return info.unit.empty() ? text : text + ' ' + info.unit;
}

std::string effectWords(v1::Effect effect)
{
    if (effect == v1::EFFECT_LIVE) return "at once";
    std::string text = effectName(effect);
    std::replace(text.begin(), text.end(), '_', ' ');
    return text;
}

}  // namespace

const std::vector<SettingInfo>& schema()
{
    static const std::vector<SettingInfo> all = [] {
        std::vector<SettingInfo> out;
        collect(*Config::descriptor(), {}, nullptr, out);
        return out;
    }();
    return all;
}

std::string schemaMarkdown()
{
    std::string out =
        "# Settings\n\n"
        "Made from `engine/proto/config.proto` by `millracectl config schema --markdown`; a test keeps it current.\n\n"
        "Each setting can stand in `engine.json` (the dots are levels), in the environment (`MILLRACE_` and the path "
        "in\n"
        "capitals, dots and brackets as underscores: `MILLRACE_POOL_HTTP_SIZE_MAX`, `MILLRACE_BACKENDS_0_ADDRESS`), "
        "and\n"
        "on the command line (`--set pool.http_size_max=50`). The command line wins over the environment, that over "
        "what\n"
        "was applied and over the file.\n\n" +
        valueHelp() +
        "\n\nA minimum or initial size that is not set is clamped to the largest: `batcher.size_max = 64` makes\n"
        "`batcher.size_initial` 64, too. Sizes that are set and contradict each other are refused.\n";
    std::string group;
    for (const auto& info : schema()) {
        if (info.group != group) {
            group = info.group;
            out += "\n## " + info.groupTitle + " (`" + group + "`)\n\n" + info.groupHelp +
                   "\n\n| setting | default | allowed | takes effect | what |\n|---|---|---|---|---|\n";
        }
        const std::string shown = info.defaultText.empty() ? std::string("–") : '`' + info.defaultText + '`';
        out += "| `" + info.path + "` | " + shown + " | " + cell(allowed(info)) + " | " +
               effectWords(info.takesEffect) + " | **" + cell(info.title) + ".** " +
               (info.forKind ? "Kind `" + choiceName(*v1::BackendKind_descriptor(), *info.forKind) + "`. "
                             : std::string()) +
               cell(info.help) + " |\n";
    }
    return out;
}

}  // namespace millrace::config
