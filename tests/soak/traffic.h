// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace soak {

using Time = std::chrono::steady_clock::time_point;

/// What was broken on purpose, and for whom: an answer that is not 2xx must fall into one of these.
class Faults {
public:
    /// From now on; `scope`: the models' backend ("moody", "runtime").
    std::size_t begin(const std::string& scope, const std::string& what);
    /// It is over; what follows within `grace` is still its doing.
    void end(std::size_t fault, std::chrono::milliseconds grace);
    /// Whether a request to `scope` that ran from `from` to `to` met one.
    bool excuse(const std::string& scope, Time from, Time to);
    std::map<std::string, int> counts() const;

private:
    struct Fault {
        std::string scope, what;
        Time from, to;
    };
    mutable std::mutex mutex_;
    std::vector<Fault> faults_;  // guarded by mutex_
};

/// One worker's requests, as they ended.
struct Tally {
    std::atomic<std::uint64_t> asked{0}, good{0}, excused{0}, left{0}, wrong{0};
};

/// Clients of every kind, each on a thread of its own at its own pace, until stop().
class Traffic {
public:
    Traffic(QString http, QString grpc, Faults& faults)
        : http_(std::move(http)), grpc_(std::move(grpc)), faults_(faults)
    {}
    ~Traffic() { stop(); }

    void start();
    void stop();
    const std::map<std::string, Tally>& tallies() const { return tallies_; }
    /// The first few answers that nothing excuses.
    QStringList wrong() const;

private:
    using Work = std::function<void(std::mt19937&, Tally&)>;
    void worker(const std::string& kind, std::chrono::milliseconds pause, Work work);
    void judge(Tally& tally, const std::string& scope, Time from, const QString& problem);
    void chats(const std::string& kind, const char* model, const char* scope, bool stream);

    const QString http_, grpc_;
    Faults& faults_;
    std::atomic<bool> stopping_{false};
    std::map<std::string, Tally> tallies_;
    mutable std::mutex mutex_;
    QStringList wrong_;  // guarded by mutex_
    std::vector<std::thread> threads_;
};

}  // namespace soak
