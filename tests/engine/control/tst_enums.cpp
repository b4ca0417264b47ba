// SPDX-License-Identifier: GPL-3.0-or-later
#include "control.pb.h"
#include "control/configuration.h"
#include "control/event_messages.h"
#include "ctl/enum_words.h"
#include "enum_to_proto.h"
#include "support/enum_of.h"

#include <QSet>
#include <QTest>

#include <array>
#include <utility>
#include <vector>

using namespace millrace;
using namespace millrace::control::v1;

namespace {

/// JSON and the labels of metrics keep their words: scripts read them. A new enum, and a new value, needs its word
/// here.
const std::vector<std::pair<const char*, const char*>> kWords = {
    {"Author", ",console,millracectl,file,flag,guard"},
    {"BackendHealth", ",healthy,probing,ejected,unknown,draining,disabled"},
    {"CloseReason", ",idle,age,shrink,server_closed,error,evicted,drain,unhealthy,one_shot,cancelled,moved"},
    {"ConnectionPhase", ",connecting,idle,active,draining"},
    {"DispatchReason", ",full,idle,timeout,deadline,flush"},
    {"EventKind",
     ",accept_failed,backend_down,backend_draining,backend_ejected,backend_key_invalid,backend_key_missing,backend_"
     "refused,backend_replaced,backend_resumed,backend_up,backpressure_limit,batch_limit,clients_refused,clock_jumped,"
     "config_applied,config_file_missing,config_kept,config_not_judged,config_not_reverted,config_reverted,connections_"
     "evicted,control_socket_lost,control_socket_restored,drain_timeout,engine_started,engine_stopped,engine_stopping,"
     "front_failed,internal_error,listing_empty,listing_read,listing_unreadable,load_state_unread,loop_stalled,model_"
     "evicted,model_idle_ttl_changed,model_load_failed,model_loaded,model_pinned,model_preload_off,model_preload_on,"
     "model_preloaded,model_unloaded,model_unpinned,runtime_restarted,state_set_aside,state_write_failed,state_write_"
     "recovered,stream_broken"},
    {"GuardOutcome", "none,measuring,kept,reverted,not_reverted,not_judged"},
    {"LoadCause", ",demand,preload,manual,pin"},
    {"LoadOutcome", ",queued,loading,ok,failed,timeout,cancelled"},
    {"ModelKind", ",classifier,embedding,text,synthetic"},
    {"ModelPhase", ",cold,queued,loading,warm,unloading,failed"},
    {"PausedBy", ",client,limit"},
    {"PoolProtocol", ",http,grpc"},
    {"PreloadVerdict", ",hit,late,wasted"},
    {"RequestClass", "other,tensor,embedding,generation"},
    {"RequestOutcome", ",ok,failed,cancelled,refused,rejected"},
    {"RequestPhase",
     ",receiving,processing,queued,waiting_for_model,batching,connecting,running,"
     "streaming,client_reads"},
    {"StreamPhase", ",waiting,streaming,paused,finishing"},
    {"StreamProtocol", ",sse,http"},
    {"UnloadReason", ",evicted,preload,ttl,manual,backend,failed,timeout,cancelled"},
    {"ValueSource", ",default,file,environment,flag,applied"},
    {"Severity", "info,notice,warning,error"},
};

QStringList wordsOf(const google::protobuf::EnumDescriptor& type)
{
    QStringList out;
    for (int i = 0; i < type.value_count(); ++i)
        out << QString::fromStdString(ctl::enumWord(type, type.value(i)->number()).value());
    return out;
}

/// Every value of a module's enum has one of its own in the contract, with the word that metrics have for it, and none
/// is left over. `first`: the first one that modules have, 1 where 0 is unspecified.
template <class Enum, std::size_t Count, class Name>
void compare(const std::array<Enum, Count>& values, const Name& nameOf, int first = 1)
{
    using Contract = decltype(toProto(values[0]));
    const auto& type = *google::protobuf::GetEnumDescriptor<Contract>();
    QCOMPARE(int(Count), type.value_count() - first);
    QSet<int> seen;
    for (const Enum value : values) {
        const Contract contract = toProto(value);
        QVERIFY(!seen.contains(contract));
        seen.insert(contract);
        QCOMPARE(ctl::enumWord(type, contract).value(), std::string(nameOf(value)));
    }
}

template <class Enum, std::size_t Count>
std::array<Enum, Count> firstOf()
{
    std::array<Enum, Count> out{};
    for (std::size_t i = 0; i < Count; ++i) out[i] = static_cast<Enum>(i);
    return out;
}

}  // namespace

/// The enums of control.proto: their words, and what the engine makes of its own ones.
class TestEnums : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void valuesKeepTheirWords()
    {
        const auto& file = *Frame::descriptor()->file();
        QCOMPARE(file.enum_type_count(), int(kWords.size()));
        for (const auto& [name, words] : kWords) {
            const auto* type = file.FindEnumTypeByName(name);
            QVERIFY2(type, name);
            QCOMPARE(wordsOf(*type).join(','), QString(words));
            for (int i = 0; i < type->value_count(); ++i) {
                const QString value = QString::fromStdString(type->value(i)->name());
                const QString word = QString::fromStdString(*ctl::enumWord(*type, type->value(i)->number()));
                QVERIFY2(
                    word.isEmpty() ? value.endsWith("_UNSPECIFIED") && i == 0 : value.endsWith('_' + word.toUpper()),
                    qPrintable(value));
            }
        }
    }

    /// Those of settings, which JSON and the docs have.
    void settingsKeepTheirWords()
    {
        QCOMPARE(wordsOf(*config::v1::Effect_descriptor()).join(','),
                 QString("live,next_request,next_batch,new_connections,restart"));
        QCOMPARE(wordsOf(*config::v1::SettingType_descriptor()).join(','),
                 QString(",integer,number,switch,text,choice,list"));
        QCOMPARE(wordsOf(*config::v1::Stage_descriptor()).join(','),
                 QString(",connections,batches,models,inference,streams"));
        for (const auto effect : testing::allOf<config::v1::Effect>())
            QCOMPARE(config::effectName(effect), testing::wordOf(effect));
        for (const auto type : testing::allOf<config::v1::SettingType>())
            QCOMPARE(config::typeName(type), testing::wordOf(type));
    }

    /// Files that hold events may be of another version: its kinds are told by their names.
    void storedEventsAreRead()
    {
        millrace::Event kept;
        kept.kind = "model_loaded";
        QCOMPARE(control::message(kept, "b").kind(), EVENT_KIND_MODEL_LOADED);
        QVERIFY(control::message(kept, "b").kind_name().empty());
        for (const char* name : {"of_another_version", "", "unspecified", "MODEL_LOADED?", "7"}) {
            kept.kind = name;
            const auto message = control::message(kept, "b");
            QCOMPARE(message.kind(), EVENT_KIND_UNSPECIFIED);
            QCOMPARE(message.kind_name(), std::string(name));
        }
        for (const auto kind : testing::allOf<EventKind>())
            if (kind != EVENT_KIND_UNSPECIFIED) QCOMPARE(control::eventKind(testing::wordOf(kind)), kind);
    }

    void modulesSayTheSameWords()
    {
        compare(firstOf<pool::State, pool::kStates>(), &pool::stateName);
        compare(firstOf<pool::CloseReason, pool::kCloseReasons>(), &pool::reasonName);
        using load::ModelState;
        compare(std::array{ModelState::Cold, ModelState::Queued, ModelState::Loading, ModelState::Warm,
                           ModelState::Unloading, ModelState::Failed},
                [](ModelState state) { return load::name(state); });
        compare(load::kCauses, [](load::Cause cause) { return load::name(cause); });
        compare(load::kLoadOutcomes, [](load::LoadOutcome outcome) { return load::name(outcome); });
        compare(load::kVerdicts, [](load::Verdict verdict) { return load::name(verdict); });
        compare(load::kUnloadReasons, [](load::UnloadReason reason) { return load::name(reason); });
        compare(batch::kDispatchReasons, &batch::nameOf);
        compare(backend::kModelKinds, &backend::nameOf);
        for (const auto kind : backend::kModelKinds) QVERIFY(backend::modelKind(backend::nameOf(kind)) == kind);
        QVERIFY(backend::modelKind("") == backend::ModelKind::Unknown);
        QVERIFY(backend::modelKind("Text") == backend::ModelKind::Unknown);
        compare(
            serve::kRequestClasses, [](serve::RequestClass kind) { return serve::nameOf(kind); }, 0);
        QCOMPARE(toProto(std::nullopt), REQUEST_OUTCOME_UNSPECIFIED);
        QCOMPARE(int(serve::kOutcomes.size()), RequestOutcome_descriptor()->value_count() - 1);
        for (const auto outcome : serve::kOutcomes)
            QCOMPARE(testing::wordOf(toProto(std::optional(outcome))), std::string(serve::nameOf(outcome)));
    }

    void aNumberOfANewerEngineIsSaidAsSuch()
    {
        QCOMPARE(ctl::enumText(CLOSE_REASON_SERVER_CLOSED), std::string("server closed"));
        QCOMPARE(ctl::enumText(static_cast<CloseReason>(77)), std::string("unknown (77)"));
        QCOMPARE(ctl::enumText(CLOSE_REASON_UNSPECIFIED), std::string());
        QVERIFY(!ctl::enumWord(*CloseReason_descriptor(), 77));
    }
};

QTEST_GUILESS_MAIN(TestEnums)
#include "tst_enums.moc"
