// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_messages.h"

#include "phrases.h"
#include "telemetry/sentence_message.h"

namespace millrace::control {

v1::ConfigChange message(const config::Change& change)
{
    v1::ConfigChange out;
    out.set_path(change.path);
    out.set_before(change.before);
    out.set_after(change.after);
    out.set_takes_effect(change.takesEffect);
    return out;
}

v1::FieldProblem message(const config::FieldProblem& problem)
{
    v1::FieldProblem out;
    out.set_path(problem.path);
    out.set_message(problem.message.english());
    if (problem.message.phrase() != Phrase::Unspecified) *out.mutable_words() = telemetry::message(problem.message);
    return out;
}

v1::SettingSchema message(const config::SettingInfo& info)
{
    v1::SettingSchema out;
    out.set_path(info.path);
    out.set_type(info.type);
    out.set_unit(info.unit);
    if (info.min) out.set_min(*info.min);
    if (info.max) out.set_max(*info.max);
    out.set_default_text(info.defaultText);
    out.set_title(info.title);
    out.set_help(info.help);
    out.set_takes_effect(info.takesEffect);
    out.set_group(info.group);
    out.set_group_title(info.groupTitle);
    out.set_group_help(info.groupHelp);
    out.set_stage(info.stage);
    for (const auto& choice : info.choices) out.add_choices(choice);
    out.set_secret(info.secret);
    if (info.forKind) out.set_for_kind(*info.forKind);
    return out;
}

v1::Schema schemaMessage()
{
    v1::Schema out;
    for (const auto& info : config::schema()) *out.add_settings() = message(info);
    return out;
}

}  // namespace millrace::control
