// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/grpc_engine_client.h"

#include "client/grpc_link.h"
#include "control/configuration.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace millrace::desktop {
namespace {

constexpr int kBackoffFirstMs = 250;
constexpr int kBackoffMaxMs = 5000;
constexpr int kNoListenerPollMs = 1000;  // trying a socket that has no listener costs next to nothing
constexpr int kStatusWaitMs = 2000;
constexpr int kHistoryMs = 3'600'000;

enum class Socket { Listening, NoListener, Refused };

/// Whether anyone listens there, known at once and without gRPC. A frozen engine does listen.
Socket probe(const QString& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray name = path.toLocal8Bit();
    if (name.size() >= static_cast<qsizetype>(sizeof address.sun_path)) return Socket::NoListener;
    std::memcpy(address.sun_path, name.constData(), static_cast<std::size_t>(name.size()));
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return Socket::Listening;  // out of descriptors: gRPC will say so
    const int result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = result == 0 ? 0 : errno;
    ::close(descriptor);
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ECONNREFUSED:
        case ENOTSOCK:
            return Socket::NoListener;
        case EACCES:
        case EPERM:
            return Socket::Refused;
        default:
            return Socket::Listening;
    }
}

}  // namespace

// Reads Watch on gRPC's threads into the mailbox. Deletes itself when gRPC is done with it.
class GrpcEngineClient::Watcher : public grpc::ClientReadReactor<control::Frame> {
public:
    Watcher(std::shared_ptr<Link> link, GrpcEngineClient* client) : link_(std::move(link)), client_(client)
    {
        request_.set_rate_hz(1000.0 / kTickMs);
        context_ = link_->open(0);
        link_->stub->async()->Watch(context_.get(), &request_, this);
        StartRead(&frame_);
        StartCall();
    }

    void OnReadDone(bool ok) override
    {
        if (!ok) return;
        const auto put = link_->mailbox.put(std::move(frame_));
        frame_.Clear();
        if (put == FrameMailbox::Put::Gap) {
            gap_ = true;
            context_->TryCancel();  // a new call begins with a full frame
        } else if (put == FrameMailbox::Put::First) {
            QMetaObject::invokeMethod(
                client_,
                [client = client_] {
                    if (!client->drainTimer_.isActive()) {
                        const qint64 since = client->lastDrain_.isValid() ? client->lastDrain_.elapsed() : kTickMs;
                        client->drainTimer_.start(static_cast<int>(std::clamp<qint64>(kTickMs - since, 0, kTickMs)));
                    }
                },
                Qt::QueuedConnection);
        }
        StartRead(&frame_);
    }

    void OnDone(const grpc::Status& status) override
    {
        const bool gap = gap_;
        auto link = link_;
        QMetaObject::invokeMethod(
            client_,
            [client = client_, link, gap, why = transportWords(status)] {
                if (client->link_ != link) return;  // of an earlier connection
                if (gap) {
                    client->watch();
                } else {
                    client->backoffMs_ = 0;
                    client
                        ->tryConnect();  // shows at once whether the engine has exited, or only the connection is lost
                }
            },
            Qt::QueuedConnection);
        const auto context = context_;
        delete this;
        link->close(context);
    }

private:
    std::shared_ptr<Link> link_;
    GrpcEngineClient* client_;  // outlives us: its destructor waits in Link::end()
    std::shared_ptr<grpc::ClientContext> context_;
    control::WatchRequest request_;
    control::Frame frame_;
    bool gap_ = false;
};

QString GrpcEngineClient::defaultSocket()
{
    return QString::fromStdString(config::defaultControlPath());
}

GrpcEngineClient::GrpcEngineClient(Options options, QObject* parent)
    : EngineClient(parent),
      options_(std::move(options)),
      launcher_(options_.engine, options_.log),
      startDue_(options_.startAtOnce && !options_.engine.isEmpty())
{
    connect(&launcher_, &EngineLauncher::exited, this, &GrpcEngineClient::onExited);
    connect(&connectedProcess_, &ProcessWatch::exited, this, [this] {
        processExited_ = true;
        if (phase() != Phase::Starting) tryConnect();
    });
    retryTimer_.setSingleShot(true);
    connect(&retryTimer_, &QTimer::timeout, this, &GrpcEngineClient::tryConnect);
    drainTimer_.setSingleShot(true);
    connect(&drainTimer_, &QTimer::timeout, this, &GrpcEngineClient::drain);
    silenceTimer_.setInterval(kSilentMs / 4);
    connect(&silenceTimer_, &QTimer::timeout, this, [this] {
        if (phase() == Phase::Connected && lastFrame_.isValid() && lastFrame_.hasExpired(kSilentMs))
            setPhase(Phase::Silent);
    });
}

GrpcEngineClient::~GrpcEngineClient()
{
    if (link_) link_->end();
}

void GrpcEngineClient::start()
{
    silenceTimer_.start();
    tryConnect();
}

void GrpcEngineClient::retryNow()
{
    backoffMs_ = 0;
    tryConnect();
}

void GrpcEngineClient::tryConnect()
{
    retryTimer_.stop();
    if (link_) link_->end();
    link_.reset();
    switch (probe(options_.socket)) {
        case Socket::NoListener:
            onNoListener();
            return;
        case Socket::Refused:
            setPhase(Phase::Refused, tr("This user may not open %1.").arg(options_.socket));
            scheduleRetry();
            return;
        case Socket::Listening:
            break;
    }
    link_ = Link::make(options_.socket);
    const auto link = link_;
    unary<control::GetStatusRequest, control::Status>(
        link_,
        static_cast<UnaryMethod<control::GetStatusRequest, control::Status>>(
            &control::Control::StubInterface::async_interface::GetStatus),
        control::GetStatusRequest(), this,
        [this, link](const Outcome<control::Status>& outcome) {
            if (link != link_) return;
            if (outcome.ok()) {
                onStatus(*outcome.reply);
            } else if (probe(options_.socket) == Socket::NoListener) {
                tryConnect();
            } else {
                onLost(outcome.problem);
            }
        },
        kStatusWaitMs);
}

void GrpcEngineClient::onStatus(const control::Status& status)
{
    if (status.protocol() != kProtocol) {
        setPhase(Phase::VersionMismatch, tr("Engine %1 speaks %2, this console %3.")
                                             .arg(QString::fromStdString(status.version()))
                                             .arg(status.protocol())
                                             .arg(kProtocol));
        backoffMs_ = kBackoffMaxMs;
        scheduleRetry();
        return;
    }
    backoffMs_ = 0;
    wasConnected_ = true;
    startDue_ = false;
    startedHere_ = launcher_.isRunning() && launcher_.pid() == status.pid();
    stateDir_ = QString::fromStdString(status.state_dir());
    stoppedHere_ = status.draining() && stoppedHere_;
    portTaken_ = false;
    startProblem_.clear();
    boundAddresses_ = {QStringLiteral("--http"), QString::fromStdString(status.http()), QStringLiteral("--grpc"),
                       QString::fromStdString(status.grpc())};
    processExited_ = !connectedProcess_.watch(status.pid());
    Q_EMIT attached(status);

    // What happened before the console was attached, then what happens.
    control::GetHistoryRequest request;
    request.set_from_ms(status.now_ms() - kHistoryMs);
    // A few more than there are seconds: an answer of exactly as many would come in steps of two.
    request.set_points_max(kHistoryMs / 1000 + 60);
    const auto link = link_;
    unary<control::GetHistoryRequest, control::History>(
        link_,
        static_cast<UnaryMethod<control::GetHistoryRequest, control::History>>(
            &control::Control::StubInterface::async_interface::GetHistory),
        request, this,
        [this, link](const Outcome<control::History>& outcome) {
            if (link == link_ && outcome.ok()) Q_EMIT historyArrived(*outcome.reply);
        },
        kCallWaitMs);
    watch();
}

void GrpcEngineClient::watch()
{
    link_->mailbox.reset();
    lastFrame_.start();
    new Watcher(link_, this);
}

void GrpcEngineClient::drain()
{
    lastDrain_.start();
    if (!link_) return;
    const auto frame = link_->mailbox.take();
    if (!frame) return;
    lastFrame_.start();
    setPhase(Phase::Connected);
    Q_EMIT frameArrived(*frame);
}

/// The socket accepts and nothing answers.
void GrpcEngineClient::onLost(const QString& why)
{
    if (launcher_.isRunning() && !wasConnected_ && !launcher_.isOverdue(options_.startWaitMs)) {
        setPhase(Phase::Starting);
    } else {
        setPhase(Phase::Reconnecting, why);
    }
    scheduleRetry();
}

/// Nobody listens on the socket.
void GrpcEngineClient::onNoListener()
{
    if (startDue_) {
        // The one before may still be writing what it learned: its addresses are free once it has exited.
        if (!wasConnected_ || processExited_ || !connectedProcess_.isWatching()) {
            startDue_ = false;
            launch(addresses_);
        } else {
            setPhase(Phase::Starting);
        }
    } else if (phase() == Phase::Starting && launcher_.isRunning()) {
        if (launcher_.isOverdue(options_.startWaitMs)) {
            const QString line = launcher_.lastLine();
            setPhase(Phase::NoEngine,
                     tr("The engine was started but has not responded for %1 s.").arg(options_.startWaitMs / 1000) +
                         (line.isEmpty() ? QString() : u' ' + tr("Its last line: %1").arg(line)));
        }
    } else if (!startProblem_.isEmpty()) {
        setPhase(Phase::NoEngine, startProblem_);
    } else if (phase() != Phase::NoEngine || reason().isEmpty()) {
        setPhase(Phase::NoEngine, stoppedHere_    ? tr("It was stopped from this console.")
                                  : wasConnected_ ? tr("It has exited.")
                                                  : QString());
    }
    retryTimer_.start(phase() == Phase::Starting ? kBackoffFirstMs : kNoListenerPollMs);
}

/// The engine that was started from here has ended.
void GrpcEngineClient::onExited()
{
    if (phase() != Phase::Starting || startDue_) return;  // its connection reports the rest
    QString line = launcher_.lastLine();
    if (!line.isEmpty() && !line.endsWith(u'.')) line += u'.';
    portTaken_ = line.contains(QStringLiteral("Address already in use"), Qt::CaseInsensitive);
    startProblem_ = line.isEmpty() ? tr("The engine exited immediately without a message.")
                                   : tr("The engine did not start: %1").arg(line);
    tryConnect();  // another may have been there first
    if (phase() == Phase::Starting) setPhase(Phase::NoEngine, startProblem_);
}

void GrpcEngineClient::scheduleRetry()
{
    backoffMs_ = backoffMs_ == 0 ? kBackoffFirstMs : std::min(backoffMs_ * 2, kBackoffMaxMs);
    // An engine that is starting is awaited closely.
    retryTimer_.start(phase() == Phase::Starting ? kBackoffFirstMs : backoffMs_);
}

void GrpcEngineClient::startEngine(Ports ports)
{
    if (!mayStart() || phase() == Phase::Connected || phase() == Phase::Silent) return;
    addresses_.clear();
    if (ports == Ports::Free)
        addresses_ = {QStringLiteral("--http"), QStringLiteral("127.0.0.1:0"), QStringLiteral("--grpc"),
                      QStringLiteral("127.0.0.1:0")};
    processExited_ = processExited_ || startDue_;  // requested twice: it is not waited for any longer
    startDue_ = true;
    tryConnect();
}

void GrpcEngineClient::startAgain()
{
    if (!mayStart()) return;
    // Free ports are kept, so that clients find the next one. Others come from the configuration again.
    if (startedHere_ && !addresses_.isEmpty()) addresses_ = boundAddresses_;
    if (!startedHere_) addresses_.clear();
    startDue_ = true;
    if (phase() == Phase::NoEngine) tryConnect();
}

void GrpcEngineClient::launch(const QStringList& addresses)
{
    stoppedHere_ = false;
    portTaken_ = false;
    startProblem_.clear();
    wasConnected_ = false;
    QStringList arguments{QStringLiteral("--control"), options_.socket};
    if (!stateDir_.isEmpty()) arguments += {QStringLiteral("--state-dir"), stateDir_};
    if (launcher_.start(arguments + addresses + options_.engineOptions)) {
        backoffMs_ = 0;
        setPhase(Phase::Starting);
    } else {
        startProblem_ = tr("%1 could not be run.").arg(options_.engine);
        setPhase(Phase::NoEngine, startProblem_);
    }
}

}  // namespace millrace::desktop
