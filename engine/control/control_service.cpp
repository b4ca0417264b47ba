// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/control_service.h"

#include "base/deadline_timer.h"
#include "control/control_methods.h"
#include "control/socket_lock.h"
#include "http/listener.h"
#include "phrases.h"

#include <algorithm>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace millrace::control {

namespace {

/// The file of a socket: it is ours as long as it is the one that was made.
class SocketFile {
public:
    explicit SocketFile(std::string path) : path_(std::move(path))
    {
        if (lstat(path_.c_str(), &made_) != 0) made_ = {};
    }
    ~SocketFile()
    {
        if (isThere()) ::unlink(path_.c_str());
    }
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

    bool isThere() const
    {
        struct stat there {};
        return lstat(path_.c_str(), &there) == 0 && there.st_ino == made_.st_ino && there.st_dev == made_.st_dev;
    }

private:
    const std::string path_;
    struct stat made_ {};
};

}  // namespace

/// Keeps a listener on the path: makes another one where somebody removes the file of the first. Strand only.
class ControlServer::Impl final : public std::enable_shared_from_this<Impl> {
public:
    explicit Impl(Parts parts)
        : parts_(std::move(parts)), timer_(parts_.strand, parts_.clock, [this] {
              if (const auto self = weak_from_this().lock()) look();
          })
    {}
    ~Impl()
    {
        stop();
        for (const auto& left : leaving_)
            if (const auto methods = left.lock()) methods->abort(unavailable("the engine is stopping"));
    }

    Status listen()
    {
        auto lock = SocketLock::take(parts_.socketPath, std::move(lock_));
        if (!lock.ok()) return lock.status();
        const auto methods = std::make_shared<ControlMethods>(parts_);
        auto listener = std::make_shared<http::Listener>(
            parts_.strand, parts_.clock,
            [methods](http::Listener::Socket socket, bool) { methods->take(std::move(socket)); });
        if (const Status status = listener->listen(parts_.socketPath, 0); !status.ok())
            return unavailable("the control socket cannot be opened: " + text(status));
        file_.emplace(parts_.socketPath);
        lock_ = *std::move(lock);
        methods_ = methods;
        listener_ = std::move(listener);
        return absl::OkStatus();
    }
    void watch() { timer_.at(parts_.clock.now() + parts_.socketCheck); }
    void stop()
    {
        if (std::exchange(stopped_, true)) return;
        timer_.stop();
        leave();
        lock_.reset();
    }
    bool sentAll() const
    {
        return std::all_of(leaving_.begin(), leaving_.end(), [](const auto& left) {
            const auto methods = left.lock();
            return !methods || methods->sentAll();
        });
    }
    const Parts& parts() const { return parts_; }
    std::size_t watchers() const { return methods_ ? methods_->watchers() : 0; }

private:
    /// New connections are refused, and open ones are asked to close (GOAWAY).
    void leave()
    {
        if (!methods_) return;
        listener_->stop();
        listener_.reset();
        file_.reset();
        methods_->close();
        std::erase_if(leaving_, [](const auto& left) { return left.expired(); });
        leaving_.push_back(methods_);
        methods_.reset();
    }
    void look()
    {
        if (methods_ && file_->isThere() && lock_->keep()) return watch();
        if (methods_) {
            lose(say(Phrase::SocketRemoved));
            leave();
        }
        const Status status = listen();
        if (status.ok()) {
            lost_ = false;
            parts_.eventLog.append(Severity::Notice, "control_socket_restored", "engine",
                                   say(Phrase::SocketRestored, parts_.socketPath));
        } else {
            lose(text(status));
        }
        watch();
    }
    void lose(const Sentence& why)
    {
        if (std::exchange(lost_, true)) return;
        parts_.eventLog.append(Severity::Warning, "control_socket_lost", "engine",
                               say(Phrase::SocketLost, parts_.socketPath, why));
    }

    const Parts parts_;
    std::shared_ptr<ControlMethods> methods_;  // none: the socket could not be made
    std::shared_ptr<http::Listener> listener_;
    std::unique_ptr<SocketLock> lock_;
    std::optional<SocketFile> file_;  // after the lock: removed before others may take the path
    DeadlineTimer timer_;
    std::vector<std::weak_ptr<ControlMethods>> leaving_;  // as long as they have connections
    bool lost_ = false;
    bool stopped_ = false;
};

ControlServer::ControlServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

ControlServer::~ControlServer() = default;

StatusOr<std::unique_ptr<ControlServer>> ControlServer::start(Parts parts)
{
    std::unique_ptr<ControlServer> server(new ControlServer(std::make_shared<Impl>(std::move(parts))));
    Status status = server->impl_->listen();
    if (!status.ok()) return status;
    server->impl_->watch();
    return server;
}

void ControlServer::stop()
{
    impl_->stop();
}

boost::asio::awaitable<void> ControlServer::sent()
{
    constexpr Duration kLook = std::chrono::milliseconds(5);
    const auto impl = impl_;
    Clock& clock = impl->parts().clock;
    do {
        co_await clock.sleepUntil(clock.now() + kLook);
    } while (!impl->sentAll());
}

std::size_t ControlServer::watchers() const
{
    return impl_->watchers();
}

}  // namespace millrace::control
