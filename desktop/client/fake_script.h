// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "control.pb.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

/// What the made-up engine is under: the programs of the sample load (engine/bench/sample_plan.h) and their models, so
/// that `millrace --demo` and the first minute of an engine look alike. Pure: the second is an argument.
namespace millrace::desktop::script {

/// `format` takes two numbers at most.
inline std::string text(const char* format, double a, double b = 0)
{
    std::array<char, 200> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, a, b);
    return buffer.data();
}

struct Model {
    const char* name;
    control::ModelKind kind;
    std::uint64_t bytes;
    double loadMs;
};
inline constexpr std::array<Model, 7> kModels = {{{"digits-l", control::MODEL_KIND_CLASSIFIER, 7'455'357, 11.9},
                                                  {"digits-m", control::MODEL_KIND_CLASSIFIER, 2'143'869, 6.4},
                                                  {"digits-s", control::MODEL_KIND_CLASSIFIER, 78'760, 9.2},
                                                  {"embed-mini", control::MODEL_KIND_EMBEDDING, 4'260'910, 15.1},
                                                  {"scribe", control::MODEL_KIND_TEXT, 2'146'245, 15.5},
                                                  {"synthetic-fast", control::MODEL_KIND_SYNTHETIC, 8'388'608, 62},
                                                  {"synthetic-slow", control::MODEL_KIND_SYNTHETIC, 134'217'728, 62}}};
inline constexpr const char* kFast = "synthetic-fast";
inline constexpr const char* kSlow = "synthetic-slow";
inline constexpr const char* kEmbed = "embed-mini";
inline constexpr const char* kSeldom = "digits-s";
inline constexpr const char* kUnknown = "digits-xl";  ///< there is none

// Clients, as the engine names them: the program and the port that it comes from.
inline constexpr std::array<const char*, 3> kChatWindows = {"chat-window · 59188", "chat-window · 59204",
                                                            "chat-window · 59222"};
inline constexpr const char* kAgent = "code-agent · 59192";
inline constexpr const char* kIndexer = "indexer · 59202";
inline constexpr const char* kSensors = "sensor-hub · 59196";
inline constexpr std::array<const char*, 2> kSlowReaders = {"slow-notebook · 59208", "slow-notebook · 59231"};
inline constexpr const char* kScript = "old-script · 59240";

/// The chain that the agent goes through: two of its three models fit into memory, the one it is at and the next.
inline constexpr std::array<const char*, 3> kChain = {"digits-m", "scribe", "digits-l"};
inline constexpr int kStageSeconds = 2;
inline std::size_t stageAt(std::int64_t second)
{
    return static_cast<std::size_t>(second / kStageSeconds) % kChain.size();
}
inline bool isStageBegin(std::int64_t second)
{
    return second % kStageSeconds == 0;
}

/// The sensors send a reading a second, and for five seconds all that was gathered: 128 small requests at a time.
inline constexpr int kSensorRound = 14;
inline constexpr int kBurstSeconds = 5;
inline bool isBurst(std::int64_t second)
{
    return second % kSensorRound >= kSensorRound - kBurstSeconds;
}

/// What the script of requests that must fail does at this second.
enum class Slip { None, UnknownModel, TooLarge, SeldomModel };
inline Slip slipAt(std::int64_t second)
{
    constexpr int kPause = 17;
    if (second % kPause != 6) return Slip::None;
    switch (second / kPause % 5) {
        case 0:
        case 2:
            return Slip::UnknownModel;
        case 4:
            return Slip::SeldomModel;
        default:
            return Slip::TooLarge;
    }
}

}  // namespace millrace::desktop::script
