// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "support/engine_process.h"
#include "support/nothing_left.h"
#include "support/raw_client.h"
#include "support/zoo.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include <vector>

/// What the drills share: requests, backends, and the one end that all of them have.
namespace drill {

using millrace::testing::Zoo;

/// What the address sanitizer keeps of freed memory (its quarantine), on top of what a program holds. Unit: bytes.
#ifdef __SANITIZE_ADDRESS__
inline constexpr qint64 kFreedMemoryKept = qint64{256} << 20;
#else
inline constexpr qint64 kFreedMemoryKept = 0;
#endif

/// "--set a --set b", as the engine takes them.
QStringList sets(const QStringList& settings);
/// The engine has these servers and no runtime.
QStringList behind(const std::vector<const Zoo*>& zoos);

/// The bench's OpenAI server, which computes nothing, as a process of its own. Killed at the end of its life.
class BenchUpstream {
public:
    ~BenchUpstream();
    bool start();
    /// The engine has it alone, as backend and model "upstream".
    QStringList settings(const QStringList& more) const;
    pid_t pid() const { return static_cast<pid_t>(process_.processId()); }
    bool stop();  ///< SIGTERM; true: it has ended
    bool kill();

private:
    QProcess process_;
    QString address_;
};

/// A repository of synthetic models below `folder`: name, and what differs from a quick one ("load_ms", "fixed_ms",
/// "tokens_per_s", "bytes"). They take `values` FP32 [-1,16], and write text.
QStringList synthetic(const QTemporaryDir& folder, const QList<QPair<QString, QJsonObject>>& models);

QJsonObject chat(const QString& model, bool stream, int tokens = 8);
QJsonObject embeddings(const QString& model, const QStringList& texts);
QJsonObject tensor(const QString& model, int rows = 1);
/// Path of tensor()'s model.
QByteArray inferPath(const QString& model);

/// A whole answer of HTTP, and what is not fine is told as an error of the dialect. Empty: so it is.
QString judged(const RawClient::Answer& answer);
/// A stream that is whole, or says in-band or by its cut end that it is not. Empty: so it is.
QString judgedStream(const RawClient::Answer& answer);

/// Waits until the engine answers a chat of that model with 200. Empty: it did.
QString answersAgain(EngineProcess& engine, const QString& model, int withinMs = 15000);

}  // namespace drill

/// The end of every drill.
#define NOTHING_LEFT(engine, rest)                                     \
    do {                                                               \
        const QString left = nothing_left::leftover((engine), (rest)); \
        QVERIFY2(left.isEmpty(), qPrintable("left over: " + left));    \
    } while (false)
#define GOOD(text)                                    \
    do {                                              \
        const QString wrong = (text);                 \
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong)); \
    } while (false)
