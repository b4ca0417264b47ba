// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/field_policy.h"

#include "base/letters.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace millrace::http {

namespace {

struct Row {
    std::string_view name;  ///< lower case; one that ends in '*' stands for all that begin so
    Upward up;
    Downward down;
};

// A field that is not here passes both ways, and keeps requests apart that differ in it.
constexpr std::array kTable = {
    // of the hop: RFC 9110 7.6.1
    Row{"connection", Upward::Drop, Downward::Drop},
    Row{"keep-alive", Upward::Drop, Downward::Drop},
    Row{"proxy-*", Upward::Drop, Downward::Drop},
    Row{"te", Upward::Drop, Downward::Drop},
    Row{"trailer", Upward::Drop, Downward::Drop},
    Row{"transfer-encoding", Upward::Drop, Downward::Drop},
    Row{"upgrade", Upward::Drop, Downward::Drop},
    Row{"upgrade-insecure-requests", Upward::Drop, Downward::Pass},
    Row{"http2-settings", Upward::Drop, Downward::Drop},
    Row{"alt-svc", Upward::Pass, Downward::Drop},
    Row{"strict-transport-security", Upward::Pass, Downward::Drop},
    // written anew for each hop
    Row{"host", Upward::Drop, Downward::Drop},
    Row{"content-length", Upward::Drop, Downward::Drop},
    Row{"expect", Upward::Drop, Downward::Drop},
    Row{"accept-encoding", Upward::Drop, Downward::Drop},
    Row{"content-encoding", Upward::Drop, Downward::Pass},  // the front has unpacked the request's body
    Row{"date", Upward::Drop, Downward::Drop},
    Row{"server", Upward::Drop, Downward::Drop},
    Row{"via", Upward::Noise, Downward::Drop},
    Row{"x-request-id", Upward::Noise, Downward::Drop},
    Row{"inference-header-content-length", Upward::Drop, Downward::Drop},
    // the user's for this gateway, not for whoever stands behind it
    Row{"authorization", Upward::Drop, Downward::Drop},
    Row{"api-key", Upward::Drop, Downward::Drop},
    Row{"x-api-key", Upward::Drop, Downward::Drop},
    Row{"x-goog-api-key", Upward::Drop, Downward::Drop},
    Row{"x-auth-token", Upward::Drop, Downward::Drop},
    Row{"cookie", Upward::Drop, Downward::Drop},
    Row{"cookie2", Upward::Drop, Downward::Drop},
    Row{"set-cookie", Upward::Drop, Downward::Drop},
    Row{"set-cookie2", Upward::Drop, Downward::Drop},
    Row{"www-authenticate", Upward::Drop, Downward::Drop},
    Row{"clear-site-data", Upward::Drop, Downward::Drop},
    Row{"refresh", Upward::Drop, Downward::Drop},
    // said to this gateway
    Row{"x-millrace-*", Upward::Drop, Downward::Pass},
    // judged by the front
    Row{"origin", Upward::Drop, Downward::Drop},
    Row{"referer", Upward::Drop, Downward::Drop},
    Row{"sec-*", Upward::Drop, Downward::Drop},
    Row{"access-control-*", Upward::Drop, Downward::Drop},
    Row{"x-request-timeout-ms", Upward::Drop, Downward::Drop},
    // who asks from where
    Row{"forwarded", Upward::Drop, Downward::Drop},
    Row{"x-forwarded-*", Upward::Drop, Downward::Drop},
    Row{"x-real-ip", Upward::Drop, Downward::Drop},
    // says nothing about the answer
    Row{"accept", Upward::Noise, Downward::Pass},
    Row{"accept-language", Upward::Noise, Downward::Pass},
    Row{"accept-charset", Upward::Noise, Downward::Pass},
    Row{"baggage", Upward::Noise, Downward::Pass},
    Row{"b3", Upward::Noise, Downward::Pass},
    Row{"cache-control", Upward::Noise, Downward::Pass},
    Row{"content-type", Upward::Noise, Downward::Pass},
    Row{"dnt", Upward::Noise, Downward::Pass},
    Row{"idempotency-key", Upward::Noise, Downward::Pass},
    Row{"if-*", Upward::Drop, Downward::Pass},
    Row{"pragma", Upward::Noise, Downward::Pass},
    Row{"priority", Upward::Noise, Downward::Pass},
    Row{"range", Upward::Drop, Downward::Pass},
    Row{"sentry-trace", Upward::Noise, Downward::Pass},
    Row{"traceparent", Upward::Noise, Downward::Pass},
    Row{"tracestate", Upward::Noise, Downward::Pass},
    Row{"user-agent", Upward::Noise, Downward::Pass},
    Row{"x-amzn-trace-id", Upward::Noise, Downward::Pass},
    Row{"x-b3-*", Upward::Noise, Downward::Pass},
    Row{"x-client-request-id", Upward::Noise, Downward::Pass},
    Row{"x-correlation-id", Upward::Noise, Downward::Pass},
    Row{"x-requested-with", Upward::Noise, Downward::Pass},
    Row{"x-stainless-*", Upward::Noise, Downward::Pass},
    // where the backend is, is not where the gateway is
    Row{"location", Upward::Pass, Downward::Drop},
    Row{"content-location", Upward::Pass, Downward::Drop},
};

constexpr Row kOther{"", Upward::Pass, Downward::Pass};

constexpr std::size_t longestName()
{
    std::size_t most = 0;
    for (const Row& row : kTable) most = std::max(most, row.name.size());
    return most;
}

/// The table's rows by the length of their names, those that stand for a prefix apart. Every request looks up all its
/// fields, and few rows have the same length and the same first letter.
struct Index {
    std::array<const Row*, kTable.size()> rows{};
    std::array<std::size_t, longestName() + 2> begin{};  ///< of the names of that length; the end is the next one's
    std::size_t whole = 0;                               ///< rows that stand for one name

    Index()
    {
        for (std::size_t length = 0; length + 1 < begin.size(); ++length) {
            begin[length] = whole;
            for (const Row& row : kTable)
                if (row.name.size() == length && !row.name.ends_with('*')) rows[whole++] = &row;
        }
        begin.back() = whole;
        std::size_t next = whole;
        for (const Row& row : kTable)
            if (row.name.ends_with('*')) rows[next++] = &row;
    }
};

const Row& rowOf(std::string_view name)
{
    static const Index index;
    if (name.empty()) return kOther;
    const char first = absl::ascii_tolower(static_cast<unsigned char>(name.front()));
    if (name.size() + 1 < index.begin.size()) {
        for (std::size_t i = index.begin[name.size()]; i < index.begin[name.size() + 1]; ++i) {
            const Row& row = *index.rows[i];
            if (row.name.front() == first && sameName(row.name, name)) return row;
        }
    }
    for (std::size_t i = index.whole; i < index.rows.size(); ++i) {
        const Row& row = *index.rows[i];
        const std::size_t length = row.name.size() - 1;
        if (row.name.front() == first && name.size() >= length &&
            sameName(row.name.substr(0, length), name.substr(0, length)))
            return row;
    }
    return kOther;
}

/// Calls `each` with every member of the comma-separated lists in the fields called `name`; true: one said so.
template <typename Each>
bool anyMember(const HttpFields& fields, std::string_view name, Each each)
{
    for (const HttpField field : fields) {
        if (!sameName(field.name, name)) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (each(trimmed(rest.substr(0, comma)))) return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

std::string lowerCase(std::string_view text)
{
    return absl::AsciiStrToLower({text.data(), text.size()});
}

/// What the message's own Connection field names, in order and lower case; mostly nothing but "keep-alive", which the
/// table drops anyway.
std::vector<std::string> namedByConnection(const HttpFields& fields)
{
    std::vector<std::string> names;
    anyMember(fields, "connection", [&](std::string_view member) {
        if (!sameName(member, "keep-alive") && !sameName(member, "close")) names.push_back(lowerCase(member));
        return false;
    });
    std::sort(names.begin(), names.end());
    return names;
}

/// Calls `take` with every field that `keep` keeps.
template <typename Keep, typename Take>
void eachKept(const HttpFields& fields, Keep keep, Take take)
{
    const auto named = namedByConnection(fields);
    for (const HttpField field : fields) {
        if (!keep(field.name)) continue;
        if (named.empty() || !std::binary_search(named.begin(), named.end(), lowerCase(field.name))) take(field);
    }
}

/// `fields` without those that `keep` does not keep.
template <typename Keep>
HttpFields kept(HttpFields fields, Keep keep)
{
    const auto named = namedByConnection(fields);
    fields.eraseIf([&](const HttpField& field) {
        return !keep(field.name) ||
               (!named.empty() && std::binary_search(named.begin(), named.end(), lowerCase(field.name)));
    });
    return fields;
}

bool sharedByMerged(std::string_view name)
{
    return upward(name) == Upward::Pass;
}

}  // namespace

Upward upward(std::string_view name)
{
    return rowOf(name).up;
}

Downward downward(std::string_view name)
{
    return rowOf(name).down;
}

HttpFields forBackend(HttpFields fields, bool merged)
{
    return kept(std::move(fields), [&](std::string_view name) {
        const Upward way = upward(name);
        return way == Upward::Pass || (way == Upward::Noise && !merged);
    });
}

HttpFields forClient(HttpFields fields)
{
    return kept(std::move(fields), [](std::string_view name) { return downward(name) == Downward::Pass; });
}

std::string mergeKey(const HttpFields& fields)
{
    std::vector<std::string> lines;
    eachKept(fields, sharedByMerged, [&](const HttpField& field) {
        lines.push_back(lowerCase(field.name).append(":").append(field.value).append("\n"));
    });
    std::sort(lines.begin(), lines.end());
    std::string key;
    for (const std::string& line : lines) key += line;
    return key;
}

std::string viaName(std::string_view boot)
{
    return "millrace-" + std::string(boot.substr(0, 12));
}

bool passedBefore(const HttpFields& fields, std::string_view name)
{
    // "1.1 name (comment)"
    return anyMember(fields, "via", [&](std::string_view member) {
        const auto space = member.find(' ');
        if (space == std::string_view::npos) return false;
        const auto host = trimmed(member.substr(space + 1));
        return sameName(host.substr(0, host.find(' ')), name);
    });
}

}  // namespace millrace::http
