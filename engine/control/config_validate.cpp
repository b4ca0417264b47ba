// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_validate.h"

#include "base/base_url.h"
#include "base/loopback.h"
#include "base/number.h"
#include "base/text.h"
#include "control/config_fields.h"
#include "control/configuration.h"
#include "phrases.h"
#include "telemetry/sentence_message.h"

#include <algorithm>
#include <array>
#include <set>

namespace millrace::config {

namespace {

using Problems = std::vector<FieldProblem>;

constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kListEntriesMax = 256;
constexpr std::size_t kHostNameBytesMax = 255;
constexpr std::size_t kSocketPathBytesMax = 107;  // sockaddr_un holds 108 with the closing zero

double numberOf(const Message& message, const Field& field)
{
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
        case Field::CPPTYPE_DOUBLE:
            return reflection.GetDouble(message, &field);
        case Field::CPPTYPE_UINT32:
            return reflection.GetUInt32(message, &field);
        default:
            return static_cast<double>(reflection.GetUInt64(message, &field));
    }
}

void checkText(const std::string& path, const std::string& value, std::size_t most, Problems& problems)
{
    if (value.size() > most)
        problems.push_back({path, say(Phrase::SettingBytes, most, value.size())});
    else if (!isPlainText(value))
        problems.push_back({path, say(Phrase::SettingPlainText)});
}

/// What the words of a field ask of its value, by themselves.
void checkWords(const std::string& path, const Message& parent, const Field& field, Problems& problems)
{
    const auto& setting = settingOptions(field);
    const auto& reflection = *parent.GetReflection();
    if (field.is_repeated()) {
        const std::size_t most = setting.length_max() ? setting.length_max() : kListEntriesMax;
        const int size = reflection.FieldSize(parent, &field);
        if (static_cast<std::size_t>(size) > most) problems.push_back({path, say(Phrase::SettingEntries, most, size)});
        for (int i = 0; i < size; ++i) checkText(entry(path, i), valueText(parent, field, i), kTextBytesMax, problems);
        return;
    }
    if (!reflection.HasField(parent, &field)) return;
    switch (field.cpp_type()) {
        case Field::CPPTYPE_BOOL:
            return;
        case Field::CPPTYPE_STRING:
            checkText(path, valueText(parent, field), setting.length_max() ? setting.length_max() : kTextBytesMax,
                      problems);
            return;
        case Field::CPPTYPE_ENUM: {
            const int number = reflection.GetEnumValue(parent, &field);
            if (field.enum_type()->FindValueByNumber(number)) return;
            problems.push_back(
                {path, say(Phrase::SettingChoice, listed(choicesOf(*field.enum_type())), std::to_string(number))});
            return;
        }
        default: {
            const double value = numberOf(parent, field);
            // Written so that a value that is not a number fails too.
            const bool inRange =
                (!setting.has_min() || value >= setting.min()) && (!setting.has_max() || value <= setting.max());
            if (!inRange)
                problems.push_back({path, say(Phrase::SettingMustBe, rangeOf(setting), valueText(parent, field))});
        }
    }
}

/// Fields that a newer program sent and that this one would drop without a word.
void checkUnknown(const Message& message, const std::string& path, Problems& problems)
{
    const auto& reflection = *message.GetReflection();
    if (!reflection.GetUnknownFields(message).empty()) problems.push_back({path, say(Phrase::SettingNewer)});
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        if (!isGroup(field)) continue;
        const std::string below = join(path, field.name());
        if (!field.is_repeated()) {
            if (reflection.HasField(message, &field))
                checkUnknown(reflection.GetMessage(message, &field), below, problems);
            continue;
        }
        for (int at = 0; at < reflection.FieldSize(message, &field); ++at)
            checkUnknown(reflection.GetRepeatedMessage(message, &field, at), entry(below, at), problems);
    }
}

bool onlyOf(const std::string& text, const char* extra)
{
    return std::all_of(text.begin(), text.end(), [extra](char letter) {
        const bool plain =
            (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
        return plain || (letter != '\0' && std::string(extra).find(letter) != std::string::npos);
    });
}

void checkListen(const std::string& path, const std::string& address, Problems& problems)
{
    const Status listen = parseLoopback(address).status();
    if (absl::IsInvalidArgument(listen)) {
        problems.push_back({path, say(Phrase::SettingListen, asTyped(address))});
    } else if (!listen.ok()) {
        problems.push_back({path, say(Phrase::SettingLoopback, asTyped(address))});
    }
}

void checkEndpoints(const Config& full, Problems& problems)
{
    const auto& endpoints = full.endpoints();
    checkListen("endpoints.http", endpoints.http(), problems);
    checkListen("endpoints.grpc", endpoints.grpc(), problems);
    const auto grpc = parseLoopback(endpoints.grpc());
    if (endpoints.http() == endpoints.grpc() && grpc.ok() && grpc->port != 0)
        problems.push_back({"endpoints.grpc", say(Phrase::SettingSameAddress, "endpoints.http", endpoints.http())});
    const std::string& control = endpoints.control();
    if (control.empty()) return;
    if (control.front() != '/')
        problems.push_back({"endpoints.control", say(Phrase::SettingFullPath, asTyped(control))});
    else if (control.size() > kSocketPathBytesMax)
        problems.push_back({"endpoints.control", say(Phrase::SettingBytes, kSocketPathBytesMax, control.size())});
}

/// Empty: there is none.
Sentence urlProblem(const std::string& url)
{
    if (url.empty()) return say(Phrase::SettingUrlEmpty);
    const Sentence found = say(Phrase::SettingUrl, asTyped(url));
    if (url.find("://") == std::string::npos) return found;
    const std::size_t authority = url.find("://") + 3;
    if (url.substr(authority, url.find('/', authority) - authority).find('@') != std::string::npos)
        return say(Phrase::SettingUrlPassword);
    const auto read = parseBaseUrl(url);
    if (!read.ok()) {
        const std::string why = text(read.status());
        return say(Phrase::ProtocolSays, found, Value::quote(why.substr(why.rfind("\": ") + 3)));
    }
    const std::string& host = read->endpoint.host;
    const bool hostIsPlain = onlyOf(host, host.find(':') != std::string::npos ? ":." : "-._");
    return hostIsPlain ? Sentence() : found;
}

/// A slip of one digit: requests would go round until something else stops them.
bool isOurOwn(const std::string& address, const v1::Endpoints& endpoints)
{
    const auto url = parseBaseUrl(address);
    if (!url.ok() || !isLoopback(url->endpoint.host)) return false;
    for (const auto& own : {endpoints.http(), endpoints.grpc()}) {
        const auto listen = parseLoopback(own);
        if (listen.ok() && listen->port != 0 && std::to_string(listen->port) == url->endpoint.port) return true;
    }
    return false;
}

void checkBackends(const Config& full, Problems& problems)
{
    if (static_cast<std::size_t>(full.backends_size()) > kListEntriesMax) {
        problems.push_back({"backends", say(Phrase::SettingEntries, kListEntriesMax, full.backends_size())});
        return;
    }
    std::set<std::string> names;
    for (int i = 0; i < full.backends_size(); ++i) {
        const auto& backend = full.backends(i);
        const std::string path = entry("backends", i);
        if (backend.name().empty() || !onlyOf(backend.name(), ".-_"))
            problems.push_back({path + ".name", say(Phrase::SettingBackendName, asTyped(backend.name()))});
        else if (!names.insert(backend.name()).second)
            problems.push_back({path + ".name", say(Phrase::SettingNotUnique, asTyped(backend.name()))});
        if (backend.kind() == v1::BACKEND_KIND_OPENAI) {
            const Sentence problem = urlProblem(backend.address());
            if (!problem.empty())
                problems.push_back({path + ".address", problem});
            else if (isOurOwn(backend.address(), full.endpoints()))
                problems.push_back({path + ".address", say(Phrase::SettingOwnAddress, backend.address())});
        }
        for (int j = 0; j < backend.models_size(); ++j)
            if (backend.models(j).empty() || backend.models(j).size() > kNameBytesMax)
                problems.push_back({entry(path + ".models", j), say(Phrase::SettingModelName, kNameBytesMax)});
        const std::string& key = backend.api_key_env();
        if (!key.empty() && (!onlyOf(key, "_") || (key.front() >= '0' && key.front() <= '9')))
            problems.push_back({path + ".api_key_env", say(Phrase::SettingEnvironmentName)});
    }
}

void checkHosts(const Config& full, Problems& problems)
{
    for (int i = 0; i < full.security().hosts_allowed_size(); ++i) {
        const std::string& host = full.security().hosts_allowed(i);
        if (host.empty() || host.size() > kHostNameBytesMax || !onlyOf(host, "-._:[]"))
            problems.push_back({entry("security.hosts_allowed", i), say(Phrase::SettingHost, asTyped(host))});
    }
}

struct Relation {
    const char* smaller;
    const char* larger;
};
constexpr std::array kRelations = {
    Relation{"pool.http_size_min", "pool.http_size_max"}, Relation{"pool.grpc_size_min", "pool.grpc_size_max"},
    Relation{"batcher.size_min", "batcher.size_max"},     Relation{"batcher.size_min", "batcher.size_initial"},
    Relation{"batcher.size_initial", "batcher.size_max"},
};

void checkRelations(const Config& config, const Config& full, Problems& problems)
{
    const auto number = [&full](const char* path) {
        return readNumber<double>(get(full, path).value_or("0")).value_or(0);
    };
    const auto hasProblem = [&problems](const std::string& path) {
        return std::any_of(problems.begin(), problems.end(),
                           [&path](const auto& problem) { return problem.path == path; });
    };
    for (const auto& [smaller, larger] : kRelations) {
        const double low = number(smaller);
        const double high = number(larger);
        if (low <= high || hasProblem(smaller) || hasProblem(larger)) continue;
        // Blame the one that was given; with both given, the smaller.
        if (isSet(config, larger) && !isSet(config, smaller))
            problems.push_back({larger, say(Phrase::SettingBelowOther, smaller, numberText(low), numberText(high))});
        else
            problems.push_back({smaller, say(Phrase::SettingAboveOther, larger, numberText(high), numberText(low))});
    }
}

}  // namespace

FieldProblem problemOf(const Status& status)
{
    FieldProblem out{fieldOf(status).value_or(std::string()), text(status)};
    const auto message = status.GetPayload(kMessageUrl);
    const auto phrase = status.GetPayload(kPhraseUrl);
    if (message && phrase) out.message = telemetry::fromBytes(std::string(*phrase), std::string(*message));
    return out;
}

std::vector<FieldProblem> validate(const Config& config)
{
    Problems problems;
    checkUnknown(config, {}, problems);
    forEachSetting(config, {}, [&problems](const std::string& path, const Message& parent, const Field& field) {
        checkWords(path, parent, field, problems);
    });
    const Config full = effective(config);
    checkEndpoints(full, problems);
    checkBackends(full, problems);
    checkHosts(full, problems);
    checkRelations(config, full, problems);
    return problems;
}

}  // namespace millrace::config
