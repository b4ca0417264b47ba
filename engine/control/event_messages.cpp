// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/event_messages.h"

#include "base/letters.h"
#include "telemetry/sentence_message.h"

#include <cctype>

namespace millrace::control {

static_assert(static_cast<int>(Severity::Info) == v1::SEVERITY_INFO &&
                  static_cast<int>(Severity::Notice) == v1::SEVERITY_NOTICE &&
                  static_cast<int>(Severity::Warning) == v1::SEVERITY_WARNING &&
                  static_cast<int>(Severity::Error) == v1::SEVERITY_ERROR,
              "severities are converted by their number");

v1::EventKind eventKind(const std::string& name)
{
    const std::string value = "EVENT_KIND_" + uppered(name);
    v1::EventKind kind = v1::EVENT_KIND_UNSPECIFIED;
    return v1::EventKind_Parse(value, &kind) ? kind : v1::EVENT_KIND_UNSPECIFIED;
}

v1::Event message(const Event& event, const std::string& bootId)
{
    v1::Event out;
    out.set_sequence(event.sequence);
    out.set_time_ms(event.timeMs);
    out.set_severity(static_cast<v1::Severity>(event.severity));
    out.set_kind(eventKind(event.kind));
    if (out.kind() == v1::EVENT_KIND_UNSPECIFIED) out.set_kind_name(event.kind);
    out.set_subject(event.subject);
    out.set_text(event.text.english());
    *out.mutable_words() = telemetry::message(event.text);
    out.set_boot_id(bootId);
    return out;
}

v1::Sample message(const telemetry::Sample& sample)
{
    v1::Sample out;
    out.set_time_ms(sample.timeMs);
    for (const auto& [name, value] : sample.values) (*out.mutable_values())[name] = value;
    return out;
}

v1::History message(const telemetry::History::Answer& answer)
{
    v1::History out;
    out.mutable_times_ms()->Add(answer.points.timesMs.begin(), answer.points.timesMs.end());
    for (std::size_t i = 0; i < answer.points.names.size(); ++i) {
        auto& series = *out.add_series();
        series.set_name(answer.points.names[i]);
        series.mutable_values()->Add(answer.points.values[i].begin(), answer.points.values[i].end());
    }
    for (const auto& event : answer.events) *out.add_events() = message(event, event.bootId);
    return out;
}

}  // namespace millrace::control
