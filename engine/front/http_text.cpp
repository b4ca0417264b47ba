// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/http_text.h"

#include "base/letters.h"
#include "base/number.h"
#include "serve/serve.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace millrace::front {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<double> positive(std::optional<std::string_view> text)
{
    if (!text) return std::nullopt;
    const auto value = readNumber<double>(trimmed(*text));
    return value && std::isfinite(*value) && *value > 0 ? value : std::nullopt;
}

/// The weight in "gzip;q=0.5"; 1: none, 0: malformed.
double weightOf(std::string_view parameters)
{
    const auto at = parameters.find("q=");
    if (at == std::string_view::npos) return 1;
    const auto digits = trimmed(parameters.substr(at + 2));
    double weight = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), weight);
    return weight;
}

int hexDigit(char c)
{
    if (isDigit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::optional<std::string> percentDecoded(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hexDigit(text[i + 1]), low = hexDigit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    return out;
}

std::string printable(std::string_view text, std::size_t most)
{
    std::string out;
    for (const char c : text.substr(0, most)) out += c >= 0x20 && c < 0x7f ? c : '?';
    if (text.size() > most) out += "...";
    return out;
}

bool isEventStream(std::string_view contentType)
{
    constexpr std::string_view kName = "text/event-stream";
    return contentType.size() >= kName.size() && equalsIgnoringCase(contentType.substr(0, kName.size()), kName);
}

bool isGzip(std::string_view contentEncoding)
{
    const auto name = trimmed(contentEncoding);
    return equalsIgnoringCase(name, "gzip") || equalsIgnoringCase(name, "x-gzip") ||
           equalsIgnoringCase(name, "deflate");
}

bool acceptsGzip(std::string_view list)
{
    bool any = false;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        const auto item = list.substr(0, comma);
        const auto semicolon = std::min(item.find(';'), item.size());
        const auto name = trimmed(item.substr(0, semicolon));
        const bool wanted = weightOf(item.substr(semicolon)) > 0;
        if (equalsIgnoringCase(name, "gzip") || equalsIgnoringCase(name, "x-gzip")) return wanted;
        if (name == "*") any = wanted;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return any;
}

bool isValidRequestId(std::string_view id)
{
    constexpr std::size_t kMost = 128;
    return !id.empty() && id.size() <= kMost && std::all_of(id.begin(), id.end(), [](char c) {
        return isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.' || c == ':';
    });
}

std::string clientName(std::string_view agent, std::string_view otherwise, std::uint16_t port)
{
    constexpr std::size_t kMost = 64;
    agent = trimmed(agent);
    std::string_view product = agent.substr(0, agent.find_first_of(" \t("));
    // "curl/7.88" is curl; "OpenAI/Python" is not a version of OpenAI.
    const auto slash = product.rfind('/');
    if (slash != std::string_view::npos && slash + 1 < product.size()) {
        const char next = product[slash + 1];
        const bool version =
            isDigit(next) || (next == 'v' && slash + 2 < product.size() && isDigit(product[slash + 2]));
        if (version) product = product.substr(0, slash);
    }
    std::string name;
    for (const char c : product.substr(0, kMost)) {
        const bool fine = isLetter(c) || isDigit(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '+';
        if (fine) name += c;
    }
    if (name.empty()) name = otherwise;
    return name + " · " + std::to_string(port);
}

std::optional<Duration> clientTimeout(const RequestHead& head)
{
    constexpr double kMostMs = 86'400'000;  // a day: longer ones are ignored
    if (const auto ms = positive(head.find("x-request-timeout-ms"))) return fromMs(std::min(*ms, kMostMs));
    if (const auto seconds = positive(head.find("x-stainless-timeout")))
        return fromMs(std::min(*seconds * 1000, kMostMs));
    return std::nullopt;
}

StatusOr<int> clientPriority(std::string_view text)
{
    text = trimmed(text);
    if (text.empty()) return 0;
    if (text.front() == '+') text.remove_prefix(1);
    const auto priority = readNumber<int>(text);
    constexpr int kMost = serve::CallInfo::kPriorityMax;
    if (priority >= -kMost && priority <= kMost) return *priority;
    return withField(invalidArgument("X-Millrace-Priority must be a whole number from -" + std::to_string(kMost) +
                                     " to " + std::to_string(kMost)),
                     "X-Millrace-Priority");
}

std::string aboutSeconds(Duration span)
{
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(span).count();
    if (seconds < 1) return "less than a second";
    return std::to_string(seconds) + " s";
}

}  // namespace millrace::front
