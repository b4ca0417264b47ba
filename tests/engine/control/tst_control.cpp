// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/text.h"
#include "control.grpc.pb.h"
#include "control/control_service.h"
#include "control/model_policy.h"
#include "control/outgoing.h"
#include "control/socket_lock.h"
#include "control/watch_hub.h"
#include "control/watch_state.h"
#include "control_fixture.h"
#include "support/clean_messages.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <google/protobuf/text_format.h>
#include <grpcpp/create_channel.h>

#include <algorithm>
#include <future>
#include <mutex>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using namespace millrace;
using Engine = ControlFixture;
using millrace::testing::dirtIn;
namespace v1 = control::v1;

namespace {

QString words(const grpc::Status& status)
{
    return QString::fromStdString(status.error_message());
}

/// Takes frames as they come, and lets a test pull them one by one.
struct Watcher {
    Watcher(Engine& engine, double rate) : stub(engine.stub()), ctx(context())
    {
        v1::WatchRequest request;
        request.set_rate_hz(rate);
        reader = stub->Watch(ctx.get(), request);
    }
    std::optional<v1::Frame> next()
    {
        v1::Frame frame;
        if (!reader->Read(&frame)) return std::nullopt;
        return frame;
    }
    /// Frames until `wanted` says so; empty when the stream ends before.
    template <typename Wanted>
    std::optional<v1::Frame> until(Wanted wanted)
    {
        while (auto frame = next())
            if (wanted(*frame)) return frame;
        return std::nullopt;
    }
    std::unique_ptr<v1::Control::Stub> stub;
    std::unique_ptr<grpc::ClientContext> ctx;
    std::unique_ptr<grpc::ClientReader<v1::Frame>> reader;
};

constexpr char kDirt[] = "\xff\xfe\x1b[2J\n\xe2\x80\xae\xc3";

/// Fills every field that can hold a text with what no reader should get. How many fields.
int soil(google::protobuf::Message& message, int depth)
{
    using google::protobuf::FieldDescriptor;
    const auto& from = *message.GetReflection();
    const auto& type = *message.GetDescriptor();
    int fields = 0;
    for (int i = 0; i < type.field_count() && depth < 6; ++i) {
        const auto& field = *type.field(i);
        if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
            const std::string text = kDirt + std::string(100'000, 'x') + field.name();
            if (field.is_repeated())
                from.AddString(&message, &field, text);
            else
                from.SetString(&message, &field, text);
            ++fields;
        } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
                   field.message_type()->file()->package() == type.file()->package()) {
            fields +=
                soil(field.is_repeated() ? *from.AddMessage(&message, &field) : *from.MutableMessage(&message, &field),
                     depth + 1);
        }
    }
    return fields;
}

}  // namespace

class TestControl : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { dir_ = std::make_unique<QTemporaryDir>(); }

    // ---- the socket ----

    void socketIsTheOwnersAlone()
    {
        Engine engine(dir_->path());
        QVERIFY2(engine.started.ok(), text(engine.started).c_str());
        struct stat info {};
        QCOMPARE(::stat(engine.socket().c_str(), &info), 0);
        QVERIFY(S_ISSOCK(info.st_mode));
        QCOMPARE(info.st_mode & 0777U, 0600U);
        QCOMPARE(::stat((engine.folder + "/run").c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0700U);
    }

    void policiesOfAModelAreChecked_data()
    {
        QTest::addColumn<QString>("request");
        QTest::addColumn<QString>("problem");  // empty: fine
        const auto row = [](const char* name, const char* request, const char* problem = "") {
            QTest::newRow(name) << request << problem;
        };
        row("a time", R"(model: "a" idle_ttl_ms: 60000)");
        row("never", R"(model: "a" idle_ttl_ms: 0)");
        row("the longest", R"(model: "a" idle_ttl_ms: 2592000000)");
        row("as the setting", R"(model: "a" idle_ttl_default: true)");
        row("no preloads", R"(model: "a" preload: false)");
        row("both", R"(model: "a" idle_ttl_ms: 1 preload: true)");
        row("no model", R"(idle_ttl_ms: 1)", "model is required");
        row("nothing", R"(model: "a")", "idle_ttl_ms or preload is required: there is nothing to change");
        row("not the default", R"(model: "a" idle_ttl_default: false)", "idle_ttl_default must be true, or absent");
        row("too long", R"(model: "a" idle_ttl_ms: 2592000001)",
            "idle_ttl_ms must be 0 – 2592000000 ms (as loader.idle_ttl_ms), is 2592000001");
        row("much too long", R"(model: "a" idle_ttl_ms: 18446744073709551615 preload: true)",
            "idle_ttl_ms must be 0 – 2592000000 ms (as loader.idle_ttl_ms), is 18446744073709551615");
    }
    void policiesOfAModelAreChecked()
    {
        QFETCH(QString, request);
        QFETCH(QString, problem);
        v1::SetModelPolicyRequest parsed;
        QVERIFY(google::protobuf::TextFormat::ParseFromString(request.toStdString(), &parsed));
        const Status status = control::checkPolicy(parsed);
        QCOMPARE(status.ok(), problem.isEmpty());
        if (status.ok()) return;
        QVERIFY(absl::IsInvalidArgument(status));
        QCOMPARE(QString::fromStdString(text(status)), problem);
    }

    void aSecondEngineIsRefused()
    {
        Engine first(dir_->path());
        QVERIFY(first.started.ok());
        QTemporaryDir other;
        Engine second(other.path(), false);
        second.folder = first.folder;
        const Status status = second.start();
        QVERIFY(absl::IsUnavailable(status));
        QVERIFY2(text(status).find("another engine responds on") != std::string::npos, text(status).c_str());
        // The first one is none the worse.
        v1::Status reply;
        QVERIFY(first.stub()->GetStatus(context().get(), {}, &reply).ok());
    }

    void aSocketThatSomebodyElseAnswersIsLeftAlone()
    {
        const std::string path = (dir_->path() + "/x.sock").toStdString();
        const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        QCOMPARE(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        QCOMPARE(::listen(listener, 1), 0);
        QVERIFY(absl::IsUnavailable(control::SocketLock::take(path).status()));
        // Its owner dies, and its socket stays behind.
        ::close(listener);
        QVERIFY(QFileInfo::exists(QString::fromStdString(path)));
        QVERIFY(control::SocketLock::take(path).ok());
        QVERIFY(!QFileInfo::exists(QString::fromStdString(path)));
    }

    void badSocketPathsAreRefused_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("why");
        QTest::newRow("relative") << "x.sock"
                                  << "full path";
        QTest::newRow("too long") << "/" + QString(200, 'x') << "107";
        QTest::newRow("impossible folder") << "/proc/nowhere/x.sock"
                                           << "cannot be created";
    }
    void badSocketPathsAreRefused()
    {
        QFETCH(QString, path);
        QFETCH(QString, why);
        const auto claim = control::SocketLock::take(path.toStdString());
        QVERIFY(!claim.ok());
        QVERIFY2(QString::fromStdString(text(claim.status())).contains(why), text(claim.status()).c_str());
    }

    void foldersOpenToOthersAreRefused()
    {
        const QString folder = dir_->filePath("open");
        QVERIFY(QDir().mkpath(folder));
        QCOMPARE(::chmod(folder.toStdString().c_str(), 0777), 0);
        const auto claim = control::SocketLock::take(folder.toStdString() + "/x.sock");
        QVERIFY(absl::IsFailedPrecondition(claim.status()));
        QFile file(dir_->filePath("file.sock"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(text(control::SocketLock::take(file.fileName().toStdString()).status()).find("not touched") !=
                std::string::npos);
        QVERIFY(file.exists());
    }

    void aRemovedSocketIsMadeAgain_data()
    {
        QTest::addColumn<bool>("folder");
        QTest::newRow("the socket") << false;
        QTest::newRow("all of the folder") << true;
    }
    void aRemovedSocketIsMadeAgain()
    {
        QFETCH(bool, folder);
        Engine engine(dir_->path());
        const auto connects = [&] {
            v1::Status status;
            return engine.stub()->GetStatus(context().get(), {}, &status).ok();
        };
        QVERIFY(connects());
        auto old = engine.stub();
        auto ctx = context();
        auto watch = old->Watch(ctx.get(), {});
        v1::Frame frame;
        QVERIFY(watch->Read(&frame));
        for (int round = 0; round < 2; ++round) {
            if (folder)
                QVERIFY(QDir(dir_->path() + "/run").removeRecursively());
            else
                QVERIFY(QFile::remove(QString::fromStdString(engine.socket())));
            struct stat info {};
            QTRY_COMPARE_WITH_TIMEOUT(lstat(engine.socket().c_str(), &info), 0, 5000);
            QTRY_VERIFY_WITH_TIMEOUT(connects(), 5000);
            QCOMPARE(info.st_mode & 0777U, 0600U);
        }
        while (watch->Read(&frame)) {
        }
        QCOMPARE(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);  // it may come again
        int lost = 0, restored = 0;
        for (const auto& event : engine.eventLog.after(0, 100)) {
            lost += event.kind == "control_socket_lost" ? 1 : 0;
            restored += event.kind == "control_socket_restored" ? 1 : 0;
        }
        QCOMPARE(lost, 2);
        QCOMPARE(restored, 2);
    }

    void aRemovedLockIsMadeAgain()
    {
        Engine engine(dir_->path());
        const std::string lock = engine.socket() + ".lock";
        QVERIFY(QFile::remove(QString::fromStdString(lock)));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(QString::fromStdString(lock)), 5000);
        QVERIFY(!control::SocketLock::take(engine.socket()).ok());
    }

    void startsAgainAfterAStop()
    {
        Engine engine(dir_->path());
        QVERIFY(engine.started.ok());
        engine.onStrand([&] { engine.server.reset(); });
        QVERIFY(engine.start().ok());
        v1::Status reply;
        QVERIFY(engine.stub()->GetStatus(context().get(), {}, &reply).ok());
    }

    // ---- calls ----

    void statusSchemaAndMetrics()
    {
        Engine engine(dir_->path());
        engine.registry.counter("millrace_requests_total", "Requests").add(3);
        auto stub = engine.stub();
        v1::Status status;
        QVERIFY(stub->GetStatus(context().get(), {}, &status).ok());
        QCOMPARE(status.version(), std::string("test"));
        QCOMPARE(status.revision(), std::uint64_t{1});
        v1::Schema schema;
        QVERIFY(stub->GetSchema(context().get(), {}, &schema).ok());
        QVERIFY(schema.settings_size() > 70);
        QCOMPARE(schema.settings(0).path(), std::string("endpoints.http"));
        v1::Metrics metrics;
        QVERIFY(stub->GetMetrics(context().get(), {}, &metrics).ok());
        QVERIFY(metrics.prometheus_text().find("millrace_requests_total 3") != std::string::npos);
    }

    void configurationOverTheWire()
    {
        Engine engine(dir_->path());
        auto stub = engine.stub();

        v1::ValidateConfigRequest check;
        check.mutable_config()->mutable_batcher()->set_size_max(0);
        v1::ValidateConfigReply checked;
        QVERIFY(stub->ValidateConfig(context().get(), check, &checked).ok());
        QCOMPARE(checked.problems_size(), 1);
        QCOMPARE(checked.problems(0).path(), std::string("batcher.size_max"));

        v1::ApplyConfigRequest apply;
        *apply.mutable_config() = check.config();
        v1::ApplyConfigReply applied;
        QVERIFY(stub->ApplyConfig(context().get(), apply, &applied).ok());
        QVERIFY(!applied.applied());
        QCOMPARE(applied.problems_size(), 1);

        apply.mutable_config()->mutable_batcher()->set_size_max(120);
        apply.set_base_revision(1);
        apply.set_author(v1::AUTHOR_CONSOLE);
        QVERIFY(stub->ApplyConfig(context().get(), apply, &applied).ok());
        QVERIFY(applied.applied());
        QCOMPARE(applied.revision(), std::uint64_t{2});
        QVERIFY(stub->ApplyConfig(context().get(), apply, &applied).ok());
        QVERIFY(applied.conflict());

        v1::ConfigState state;
        QVERIFY(stub->GetConfig(context().get(), {}, &state).ok());
        QCOMPARE(state.revision(), std::uint64_t{2});
        QCOMPARE(state.effective().batcher().size_max(), 120U);
        QCOMPARE(state.sources().at("batcher.size_max"), v1::VALUE_SOURCE_APPLIED);

        v1::Revisions revisions;
        QVERIFY(stub->ListRevisions(context().get(), {}, &revisions).ok());
        QCOMPARE(revisions.revisions_size(), 2);
        QCOMPARE(revisions.revisions(0).author(), v1::AUTHOR_CONSOLE);

        v1::RollbackRequest back;
        back.set_revision(1);
        QVERIFY(stub->Rollback(context().get(), back, &applied).ok());
        QVERIFY(applied.applied());
        QCOMPARE(applied.revision(), std::uint64_t{3});
        back.set_revision(99);
        const auto refused = stub->Rollback(context().get(), back, &applied);
        QCOMPARE(refused.error_code(), grpc::StatusCode::NOT_FOUND);
        QVERIFY(words(refused).contains("1 – 3"));
    }

    void steering()
    {
        Engine engine(dir_->path());
        auto stub = engine.stub();
        v1::ModelRequest load;
        load.set_model("alpha");
        v1::ModelReply model;
        QVERIFY(stub->LoadModel(context().get(), load, &model).ok());
        QCOMPARE(model.state().state(), control::v1::MODEL_PHASE_LOADING);

        load.set_wait(true);
        auto waiting = std::async(std::launch::async, [&] { return stub->LoadModel(context().get(), load, &model); });
        QTRY_VERIFY([&] {
            engine.onStrand([&] { engine.view.finishLoads(); });
            return waiting.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready;
        }());
        QVERIFY(waiting.get().ok());
        QCOMPARE(model.state().state(), control::v1::MODEL_PHASE_WARM);

        load.set_model("gamma");
        const auto missing = stub->LoadModel(context().get(), load, &model);
        QCOMPARE(missing.error_code(), grpc::StatusCode::NOT_FOUND);
        QCOMPARE(words(missing), QString("there is no model gamma"));

        v1::PinModelRequest pin;
        pin.set_model("alpha");
        pin.set_pinned(true);
        QVERIFY(stub->PinModel(context().get(), pin, &model).ok());
        load.set_model("alpha");
        QCOMPARE(stub->UnloadModel(context().get(), load, &model).error_code(), grpc::StatusCode::FAILED_PRECONDITION);

        v1::SetModelPolicyRequest policy;
        policy.set_model("alpha");
        policy.set_idle_ttl_ms(300'000);
        policy.set_preload(false);
        QVERIFY(stub->SetModelPolicy(context().get(), policy, &model).ok());
        QCOMPARE(model.state().idle_ttl_ms(), 300'000U);
        QVERIFY(model.state().never_preloaded());
        policy.Clear();
        policy.set_model("alpha");
        policy.set_idle_ttl_default(true);
        QVERIFY(stub->SetModelPolicy(context().get(), policy, &model).ok());
        QVERIFY(!model.state().has_idle_ttl_ms());
        QVERIFY2(model.state().never_preloaded(), "what a request leaves out stays");

        v1::ConnectionsRequest connections;
        connections.set_backend("b");
        v1::ConnectionsReply count;
        QVERIFY(stub->EvictConnections(context().get(), connections, &count).ok());
        QCOMPARE(count.count(), 3U);
        v1::ProbeReply probe;
        QVERIFY(stub->ProbeBackend(context().get(), connections, &probe).ok());
        QVERIFY(probe.healthy());
        v1::TestBackendRequest trial;
        trial.mutable_backend()->set_address("http://127.0.0.1:1");
        v1::TestBackendReply tried;
        QVERIFY(stub->TestBackend(context().get(), trial, &tried).ok());
        QVERIFY(tried.reachable());
        QCOMPARE(tried.models_size(), 1);
        v1::DrainBackendRequest drain;
        drain.set_draining(true);
        QVERIFY(stub->DrainBackend(context().get(), drain, &count).ok());

        engine.onStrand([&] {
            engine.view.openRequest(5);
            engine.view.openRequest(6);
            engine.view.endRequest(4);
        });
        v1::Requests requests;
        QVERIFY(stub->ListRequests(context().get(), {}, &requests).ok());
        QCOMPARE(requests.requests_size(), 3);
        v1::CancelRequestRequest cancel;
        cancel.set_id(5);
        v1::CancelRequestReply cancelled;
        QVERIFY(stub->CancelRequest(context().get(), cancel, &cancelled).ok());
        QVERIFY(cancelled.cancelled());
        QVERIFY(stub->CancelRequest(context().get(), cancel, &cancelled).ok());
        QVERIFY(!cancelled.cancelled());

        v1::ShutdownReply shutdown;
        QVERIFY(stub->Shutdown(context().get(), {}, &shutdown).ok());
        QCOMPARE(shutdown.requests_in_flight(), std::uint64_t{1});
    }

    void everyTextIsWashed()
    {
        int fields = 0;
        const auto walk = [&](const google::protobuf::Message& plain) {
            std::unique_ptr<google::protobuf::Message> message(plain.New());
            fields += soil(*message, 0);
            control::wash(*message);
            QCOMPARE(dirtIn(*message), std::string());
            std::unique_ptr<google::protobuf::Message> read(plain.New());
            QVERIFY(read->ParseFromString(message->SerializeAsString()));
        };
        const auto& service = *v1::Status::descriptor()->file()->service(0);
        for (int i = 0; i < service.method_count(); ++i)  // whatever a call can answer with
            walk(
                *google::protobuf::MessageFactory::generated_factory()->GetPrototype(service.method(i)->output_type()));
        QVERIFY2(fields > 90, qPrintable(QString::number(fields)));
    }

    void washingLeavesWhatIsRight()
    {
        v1::Metrics metrics;
        const std::string lines = "# HELP a – b\na{x=\"é\"} 1\n\nb 2\n";
        metrics.set_prometheus_text(lines);
        control::wash(metrics);
        QCOMPARE(metrics.prometheus_text(), lines);
        metrics.set_prometheus_text(lines + "c{x=\"\xff\x1b[2J\"} 1\n");
        control::wash(metrics);
        QVERIFY(metrics.prometheus_text().find(lines) == 0 && metrics.prometheus_text().back() == '\n');
        QVERIFY(metrics.prometheus_text().find('\x1b') == std::string::npos);

        v1::ConfigState state;
        const std::string value(4000, 'v');  // more than a text may have; validate() lets it pass
        state.mutable_config()->add_backends()->set_address(value);
        (*state.mutable_sources())["a"] = v1::VALUE_SOURCE_FILE;
        control::wash(state);
        QCOMPARE(state.config().backends(0).address(), value);
        QVERIFY(!state.has_effective());  // nothing is made by looking at it
        v1::ConfigChange change;
        change.set_before(value);
        control::wash(change);
        QCOMPARE(change.before(), value);
    }

    void oneBadRecordHidesNothing()
    {
        Engine engine(dir_->path());
        engine.onStrand([&] {
            engine.view.soil("\xff\xfe\x1b[2J\n" + std::string(1'000'000, 'm'));
            engine.view.endRequest(7);
        });
        engine.eventLog.append(Severity::Info, "odd", "\xff", "\xff\x1b");
        auto stub = engine.stub();
        v1::Requests requests;
        QVERIFY(stub->ListRequests(context().get(), {}, &requests).ok());
        QCOMPARE(requests.requests_size(), 1);
        QCOMPARE(dirtIn(requests), std::string());
        v1::Events events;
        QVERIFY(stub->ListEvents(context().get(), {}, &events).ok());
        QCOMPARE(dirtIn(events), std::string());
        v1::ModelReply reply;
        v1::ModelRequest wanted;
        wanted.set_model("\x1b[2Jgamma");
        const auto refused = stub->LoadModel(context().get(), wanted, &reply);
        QCOMPARE(refused.error_code(), grpc::StatusCode::NOT_FOUND);
        QVERIFY(refused.error_message().find('\x1b') == std::string::npos);
        auto ctx = context();
        auto watch = stub->Watch(ctx.get(), {});
        v1::Frame frame;
        QVERIFY(watch->Read(&frame));
        QCOMPARE(dirtIn(frame), std::string());
        QCOMPARE(frame.requests_size(), 1);
        QVERIFY(frame.models().models_size() > 2);
        ctx->TryCancel();
        (void)watch->Finish();
    }

    void messagesStayBelowTheLimit()
    {
        control::Snapshot snapshot;
        const std::string text(kMessageBytesMax, 'x');
        for (int i = 0; i < 20'000; ++i) {
            snapshot.models.add_models()->set_reason(text);
            snapshot.streams.add_streams()->set_client(text);
            snapshot.batches.add_lanes()->set_signature(text);
        }
        for (int i = 0; i < 256; ++i) {
            auto* pool = snapshot.pools.add_pools();
            for (int k = 0; k < 8000; ++k) pool->add_connections()->set_state(control::v1::CONNECTION_PHASE_ACTIVE);
            auto& request = snapshot.requests.emplace_back();
            for (int k = 0; k < 32; ++k) request.add_decisions(std::string(kSentenceBytesMax, 's'));
            snapshot.events.emplace_back().set_text(text);
            snapshot.batches.add_recent()->set_why_text(text);
        }
        for (int i = 0; i < 512; ++i) {
            auto* load = snapshot.models.add_recent();
            load->set_id(static_cast<std::uint64_t>(i + 1));
            load->set_why(text);
            load->set_unloaded_why(text);
        }
        control::WatchState state;
        state.take(std::move(snapshot));
        const v1::Frame frame = state.deltaSince(0);
        QVERIFY2(frame.ByteSizeLong() < 48U * 1024 * 1024, qPrintable(QString::number(frame.ByteSizeLong())));
        QCOMPARE(frame.models().models_size() + static_cast<int>(frame.models().models_left_out()), 20'000);
        QCOMPARE(frame.streams().streams_size() + static_cast<int>(frame.streams().streams_left_out()), 20'000);
        QCOMPARE(frame.batches().lanes_size() + static_cast<int>(frame.batches().lanes_left_out()), 20'000);
        QVERIFY(frame.pools().pools(0).connections_left_out() > 0);

        google::protobuf::RepeatedPtrField<v1::Event> events;
        for (int i = 0; i < 100; ++i) events.Add()->set_sequence(static_cast<std::uint64_t>(i + 1));
        QCOMPARE(control::cutTo(events, true, 100), 90U);
        QCOMPARE(events.Get(0).sequence(), std::uint64_t{91});
        QCOMPARE(control::cutTo(events, false, 20), 8U);
        QCOMPARE(events.Get(1).sequence(), std::uint64_t{92});
        QCOMPARE(control::cutTo(events, false, 1000), 0U);
    }

    void eventsAreFiltered()
    {
        Engine engine(dir_->path());
        engine.eventLog.append(Severity::Info, "model_loaded", "alpha", "a");
        engine.eventLog.append(Severity::Error, "backend_down", "b", "b");
        engine.eventLog.append(Severity::Notice, "model_loaded", "beta", "c");
        auto stub = engine.stub();
        v1::Events events;
        QVERIFY(stub->ListEvents(context().get(), {}, &events).ok());
        QCOMPARE(events.events_size(), 3);
        v1::ListEventsRequest request;
        request.set_severity_min(v1::SEVERITY_NOTICE);
        QVERIFY(stub->ListEvents(context().get(), request, &events).ok());
        QCOMPARE(events.events_size(), 2);
        QCOMPARE(events.events(0).kind(), control::v1::EVENT_KIND_BACKEND_DOWN);
        QCOMPARE(events.events(0).boot_id(), std::string("boot-1"));
        request.set_most(1);
        QVERIFY(stub->ListEvents(context().get(), request, &events).ok());
        QCOMPARE(events.events_size(), 1);
        QCOMPARE(events.events(0).text(), std::string("c"));
        request.set_after_sequence(events.events(0).sequence());
        QVERIFY(stub->ListEvents(context().get(), request, &events).ok());
        QCOMPARE(events.events_size(), 0);
    }

    void historyOverTheWire()
    {
        Engine engine(dir_->path());
        const std::int64_t now = engine.clock.unixMs();
        engine.history->add(telemetry::Sample{now + 10'000, {{"requests_per_second", 5}}});
        engine.eventLog.append(Severity::Info, "model_loaded", "alpha", "a");
        v1::GetHistoryRequest request;
        request.add_names("requests_per_second");
        request.set_from_ms(now - 60'000);
        request.set_to_ms(now + 20'000);
        v1::History history;
        QVERIFY(engine.stub()->GetHistory(context().get(), request, &history).ok());
        QCOMPARE(history.series_size(), 1);
        QCOMPARE(history.series(0).values_size(), history.times_ms_size());
        double seen = 0;
        for (const double value : history.series(0).values())
            if (!std::isnan(value)) seen += value;
        QCOMPARE(seen, 5.0);
        QCOMPARE(history.events_size(), 1);
        request.set_from_ms(request.to_ms() + 1);
        QCOMPARE(engine.stub()->GetHistory(context().get(), request, &history).error_code(),
                 grpc::StatusCode::INVALID_ARGUMENT);
    }

    void aLostReplyIsAnErrorNotAHang()
    {
        Engine engine(dir_->path());
        engine.onStrand([&] { engine.view.forgetful = true; });
        v1::ModelRequest load;
        load.set_model("alpha");
        v1::ModelReply reply;
        QCOMPARE(engine.stub()->LoadModel(context().get(), load, &reply).error_code(), grpc::StatusCode::INTERNAL);
    }

    void stoppingAnswersWhatIsOpen()
    {
        Engine engine(dir_->path());
        auto stub = engine.stub();
        v1::ModelRequest load;
        load.set_model("alpha");
        load.set_wait(true);
        v1::ModelReply reply;
        auto waiting = std::async(std::launch::async, [&] { return stub->LoadModel(context().get(), load, &reply); });
        Watcher watcher(engine, 20);
        QVERIFY(watcher.next());
        // The load must have reached the engine before it stops.
        QTRY_VERIFY([&] {
            bool there = false;
            engine.onStrand([&] {
                v1::ModelSection models;
                engine.view.fillModels(models);
                there = models.models(0).state() == control::v1::MODEL_PHASE_LOADING;
            });
            return there;
        }());
        engine.onStrand([&] { engine.server->stop(); });
        const auto status = waiting.get();
        QCOMPARE(status.error_code(), grpc::StatusCode::UNAVAILABLE);
        QVERIFY(!watcher.until([](const v1::Frame&) { return false; }));
        QCOMPARE(watcher.reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
    }

    // ---- watching ----

    void watchSendsEverythingThenChanges()
    {
        Engine engine(dir_->path());
        engine.onStrand([&] {
            engine.view.endBatch(10);
            engine.view.endRequest(1);
            engine.view.beginLoad(1, "alpha");
        });
        engine.eventLog.append(Severity::Info, "model_loaded", "alpha", "a");
        Watcher watcher(engine, 20);
        const auto first = watcher.next();
        QVERIFY(first && first->full());
        QCOMPARE(first->sequence(), std::uint64_t{1});
        QCOMPARE(first->boot_id(), std::string("boot-1"));
        QCOMPARE(first->revision(), std::uint64_t{1});
        QVERIFY(first->has_pools() && first->has_flow() && first->has_batches() && first->has_models() &&
                first->has_streams());
        QVERIFY(first->has_sample() && first->has_engine());
        QVERIFY(first->engine().resident_bytes() > 0);
        QCOMPARE(first->batches().recent_size(), 1);
        QCOMPARE(first->requests_size(), 1);
        QCOMPARE(first->events_size(), 1);
        QCOMPARE(first->models().recent_size(), 1);

        engine.onStrand([&] { engine.view.setConnections(7); });
        const auto second = watcher.next();
        QVERIFY(second && !second->full());
        QCOMPARE(second->sequence(), std::uint64_t{2});
        QCOMPARE(second->pools().pools(0).active(), 7U);
        QVERIFY(!second->has_flow() && !second->has_models() && !second->has_batches() && !second->has_sample());
        QCOMPARE(second->requests_size(), 0);
        QCOMPARE(second->events_size(), 0);

        engine.onStrand([&] { engine.view.endLoad(1); });
        const auto third = watcher.next();
        QCOMPARE(third->sequence(), std::uint64_t{3});
        QCOMPARE(third->models().recent(0).outcome(), control::v1::LOAD_OUTCOME_OK);
        QCOMPARE(third->models().models_size(), 2);  // a section is whole
        QVERIFY(!third->has_pools());

        engine.recorder->takeNow();
        const auto fourth = watcher.next();
        QVERIFY(fourth->has_sample() && fourth->has_engine());

        v1::ApplyConfigRequest apply;
        (*apply.mutable_set())["batcher.size_max"] = "120";
        v1::ApplyConfigReply applied;
        QVERIFY(engine.stub()->ApplyConfig(context().get(), apply, &applied).ok());
        const auto fifth = watcher.until([](const v1::Frame& frame) { return frame.revision() == 2; });
        QVERIFY(fifth);
        const auto noted =
            fifth->events_size() ? fifth : watcher.until([](const auto& frame) { return frame.events_size() > 0; });
        QCOMPARE(noted->events(0).kind(), control::v1::EVENT_KIND_CONFIG_APPLIED);
        QCOMPARE(noted->events(0).boot_id(), std::string("boot-1"));
    }

    void nothingIsCollectedForNobody()
    {
        Engine engine(dir_->path());
        {
            Watcher watcher(engine, 20);
            QVERIFY(watcher.next());
            QCOMPARE(engine.server->watchers(), std::size_t{1});
            watcher.ctx->TryCancel();
            QVERIFY(!watcher.until([](const v1::Frame&) { return false; }));
        }
        QTRY_COMPARE(engine.server->watchers(), std::size_t{0});
        int before = 0;
        engine.onStrand([&] { before = engine.view.fills; });
        v1::Status status;
        for (int i = 0; i < 50; ++i) QVERIFY(engine.stub()->GetStatus(context().get(), {}, &status).ok());
        int after = 0;
        engine.onStrand([&] { after = engine.view.fills; });
        QVERIFY2(after - before <= 1, "one that was in flight may still arrive");
        // And a new one begins with everything again.
        Watcher again(engine, 20);
        QVERIFY(again.next()->full());
    }

    void ratesAreChecked_data()
    {
        QTest::addColumn<double>("rate");
        QTest::newRow("too slow") << 0.1;
        QTest::newRow("too fast") << 21.0;
        QTest::newRow("negative") << -1.0;
        QTest::newRow("no number") << std::nan("");
    }
    void ratesAreChecked()
    {
        QFETCH(double, rate);
        Engine engine(dir_->path());
        Watcher watcher(engine, rate);
        QVERIFY(!watcher.next());
        QCOMPARE(watcher.reader->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    }

    void watchersAreBounded()
    {
        Engine engine(dir_->path());
        std::vector<std::unique_ptr<Watcher>> all;
        for (std::size_t i = 0; i < control::WatchHub::kWatchersMax; ++i) {
            all.push_back(std::make_unique<Watcher>(engine, 1));
            QVERIFY(all.back()->next());
        }
        Watcher oneMore(engine, 1);
        QVERIFY(!oneMore.next());
        QCOMPARE(oneMore.reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
        for (auto& one : all) one->ctx->TryCancel();
    }

    /// The hub alone, with a sink that answers only when it is told to.
    void aSlowReaderGetsTheSumOfWhatItMissed()
    {
        struct Sink : control::WatchSink {
            void send(v1::Frame frame) override
            {
                const std::lock_guard lock(mutex);
                frames.push_back(std::move(frame));
            }
            void finish(const Status& status) override
            {
                const std::lock_guard lock(mutex);
                finished = status;
            }
            std::size_t count()
            {
                const std::lock_guard lock(mutex);
                return frames.size();
            }
            std::mutex mutex;
            std::vector<v1::Frame> frames;
            std::optional<Status> finished;
        } slow, quick;
        SystemClock clock;
        std::atomic<std::uint64_t> round{0};
        control::WatchHub hub(clock, "boot", [&](control::WatchHub::Cursors from, auto done) {
            control::WatchHub::Collected collected;
            collected.cursors = from;
            collected.cursors.requests = ++round;
            collected.snapshot.timeMs = 1;
            collected.snapshot.flow.set_requests_total(round);
            collected.snapshot.requests.emplace_back().set_id(round);
            if (round == 3) collected.snapshot.pools.add_pools()->set_backend("only once");
            done(std::move(collected));
        });
        const auto slowTicket = hub.add(&slow, 20).value();
        QTRY_COMPARE(slow.count(), std::size_t{1});
        const auto quickTicket = hub.add(&quick, 20).value();
        for (std::size_t i = 1; i <= 6; ++i) {
            QTRY_COMPARE(quick.count(), i);
            hub.sent(quickTicket, true);
        }
        QCOMPARE(slow.count(), std::size_t{1});  // one frame in flight, however long it takes
        hub.sent(slowTicket, true);
        QTRY_COMPARE(slow.count(), std::size_t{2});
        {
            const std::lock_guard lock(slow.mutex);
            const auto& late = slow.frames[1];
            QCOMPARE(late.sequence(), std::uint64_t{2});
            QVERIFY(!late.full());
            QVERIFY(late.requests_size() >= 5);
            for (int i = 1; i < late.requests_size(); ++i)
                QCOMPARE(late.requests(i).id(), late.requests(i - 1).id() + 1);
            QCOMPARE(late.requests(0).id(), slow.frames[0].requests(slow.frames[0].requests_size() - 1).id() + 1);
            QVERIFY(late.has_pools());
        }
        hub.sent(slowTicket, false);  // gone
        QTRY_COMPARE(hub.watchers(), std::size_t{1});
        hub.stop();
        QVERIFY(absl::IsCancelled(*slow.finished));
        QVERIFY(absl::IsUnavailable(*quick.finished));
        QVERIFY(absl::IsUnavailable(hub.add(&quick, 4).status()));
    }

    void theStateKnowsWhatChanged()
    {
        control::WatchState state;
        QVERIFY(!state.changedSince(0));
        const auto snapshot = [](std::uint32_t active) {
            control::Snapshot one;
            auto& pool = *one.pools.add_pools();
            pool.set_active(active);
            // Maps have no order of their own; equal ones must still count as equal.
            for (int i = 0; i < 20; ++i) (*one.streams.mutable_paused_seconds_by_client())[std::to_string(i)] = 1;
            return one;
        };
        state.take(snapshot(1));
        const auto first = state.version();
        QVERIFY(state.deltaSince(0).full());
        for (int i = 0; i < 50; ++i) state.take(snapshot(1));
        QVERIFY(!state.changedSince(first));
        state.take(snapshot(2));
        QVERIFY(state.changedSince(first));
        QVERIFY(state.deltaSince(first).has_pools());
        QVERIFY(!state.deltaSince(first).has_flow());
        QVERIFY(!state.deltaSince(state.version()).has_pools());

        // Bounded, newest last.
        control::Snapshot many;
        for (std::uint64_t i = 1; i <= 1000; ++i) many.requests.emplace_back().set_id(i);
        state.take(std::move(many));
        const auto frame = state.deltaSince(first);
        QCOMPARE(frame.requests_size(), static_cast<int>(control::WatchState::kRequestsMax));
        QCOMPARE(frame.requests(frame.requests_size() - 1).id(), std::uint64_t{1000});
    }

private:
    std::unique_ptr<QTemporaryDir> dir_;
};

QTEST_GUILESS_MAIN(TestControl)
#include "tst_control.moc"
