// SPDX-License-Identifier: GPL-3.0-or-later
#include "log.h"

#include "base/text.h"

#include <absl/strings/str_format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <unistd.h>
#include <utility>

namespace millrace::log {

namespace {

enum class Level { Debug, Info, Warning, Error };
constexpr std::array<const char*, 4> kNames = {"debug", "info", "warning", "error"};

std::shared_ptr<telemetry::LogWriter> writer;  // set once, by start()
std::atomic<Level> lowest{Level::Info};

std::string quoted(std::string_view text)
{
    return boost::json::serialize(boost::json::string(text));
}

/// "2026-11-29T10:43:35.753+01:00": local, as everything that an operator reads.
std::string timeNow()
{
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm local = {};
    ::localtime_r(&seconds, &local);
    char day[32];
    std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &local);
    const long minutes = local.tm_gmtoff / 60;
    return absl::StrFormat("%s.%03d%c%02d:%02d", day, ms, minutes < 0 ? '-' : '+', std::labs(minutes) / 60,
                           std::labs(minutes) % 60);
}

std::string lineOf(Level level, std::string_view kind, std::string_view subject, std::string_view text)
{
    return R"({"time":")" + timeNow() + R"(","level":")" + kNames[static_cast<std::size_t>(level)] + R"(","kind":)" +
           quoted(kind) + R"(,"subject":)" + quoted(subject) + R"(,"text":)" + quoted(text) + "}\n";
}

void write(Level level, std::string_view kind, std::string_view subject, std::string_view text)
{
    if (writer && level >= lowest.load(std::memory_order_relaxed)) writer->write(lineOf(level, kind, subject, text));
}

}  // namespace

std::shared_ptr<telemetry::LogWriter> start()
{
    writer = std::make_shared<telemetry::LogWriter>(STDERR_FILENO, [](std::uint64_t count) {
        return lineOf(Level::Warning, "log_dropped", "log",
                      "standard error was not read: " + std::to_string(count) + " lines are missing here");
    });
    return writer;
}

void setLevel(config::v1::LogLevel level)
{
    lowest = level == config::v1::LOG_LEVEL_DEBUG     ? Level::Debug
             : level == config::v1::LOG_LEVEL_WARNING ? Level::Warning
             : level == config::v1::LOG_LEVEL_ERROR   ? Level::Error
                                                      : Level::Info;
}

void event(const Event& event)
{
    write(event.severity == Severity::Error     ? Level::Error
          : event.severity == Severity::Warning ? Level::Warning
                                                : Level::Info,
          event.kind, event.subject, event.text.english());
}

void childLine(const std::string& child, std::string_view line)
{
    write(Level::Info, "child_output", child, washed(line, kMessageBytesMax));
}

}  // namespace millrace::log
