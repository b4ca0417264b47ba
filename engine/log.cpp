// SPDX-License-Identifier: GPL-3.0-or-later
#include "log.h"

#include "base/text.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <unistd.h>

namespace millrace::log {

namespace {

std::string quoted(std::string_view text)
{
    return boost::json::serialize(boost::json::string(text));
}

class WriterSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit WriterSink(std::shared_ptr<telemetry::LogWriter> writer) : writer_(std::move(writer)) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override
    {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        writer_->write(std::string(line.data(), line.size()));
    }
    void flush_() override {}

    const std::shared_ptr<telemetry::LogWriter> writer_;
};

void write(spdlog::level::level_enum level, std::string_view kind, std::string_view subject, std::string_view text)
{
    spdlog::log(level, R"("kind":{},"subject":{},"text":{})", quoted(kind), quoted(subject), quoted(text));
}

constexpr const char* kPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})";

}  // namespace

std::shared_ptr<telemetry::LogWriter> start()
{
    auto writer = std::make_shared<telemetry::LogWriter>(STDERR_FILENO, [](std::uint64_t count) {
        spdlog::pattern_formatter formatter(kPattern);
        const std::string text = R"("kind":"log_dropped","subject":"log","text":"standard error was not read: )" +
                                 std::to_string(count) + R"( lines are missing here")";
        spdlog::memory_buf_t line;
        formatter.format(spdlog::details::log_msg("millraced", spdlog::level::warn, text), line);
        return std::string(line.data(), line.size());
    });
    auto logger = std::make_shared<spdlog::logger>("millraced", std::make_shared<WriterSink>(writer));
    logger->set_pattern(kPattern);
    spdlog::set_default_logger(std::move(logger));
    return writer;
}

void setLevel(config::v1::LogLevel level)
{
    spdlog::set_level(level == config::v1::LOG_LEVEL_DEBUG     ? spdlog::level::debug
                      : level == config::v1::LOG_LEVEL_WARNING ? spdlog::level::warn
                      : level == config::v1::LOG_LEVEL_ERROR   ? spdlog::level::err
                                                               : spdlog::level::info);
}

void event(const Event& event)
{
    write(event.severity == Severity::Error     ? spdlog::level::err
          : event.severity == Severity::Warning ? spdlog::level::warn
                                                : spdlog::level::info,
          event.kind, event.subject, event.text.english());
}

void childLine(const std::string& child, std::string_view line)
{
    write(spdlog::level::info, "child_output", child, washed(line, kMessageBytesMax));
}

}  // namespace millrace::log
