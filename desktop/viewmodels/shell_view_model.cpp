// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/shell_view_model.h"

#include "control.pb.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/translation.h"
#include "viewmodels/requests_view_model.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QStandardPaths>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>

namespace millrace::desktop {
namespace {

constexpr int kToastMs = 6000;
constexpr int kWantedMs = 2500;    // a figure that was asked for is marked
constexpr int kUndoMs = 10'000;    // long enough to read it and to reach the button
constexpr int kStopWaitMs = 3000;  // for the engine's word that it stops, before the window closes anyway
const QString kAtCloseKey = QStringLiteral("engine_at_close");

}  // namespace

ShellViewModel::ShellViewModel(Session& session, Preferences& preferences, const QString& bench, QObject* parent)
    : QObject(parent),
      session_(session),
      preferences_(preferences),
      engine_(session),
      health_(session, engine_),
      sampleLoad_(session, bench),
      pages_(session)
{
    wantedTimer_.setSingleShot(true);
    connect(&wantedTimer_, &QTimer::timeout, this, [this] { wantFigure({}); });
    toastTimer_.setSingleShot(true);
    connect(&toastTimer_, &QTimer::timeout, this, &ShellViewModel::dismissToast);
    connect(&session_, &Session::notice, this, &ShellViewModel::notify);
    connect(&session_, &Session::undoable, this, [this](const QString& text, const std::function<void()>& undo) {
        notify(text, false);
        undo_ = undo;
        toastTimer_.start(kUndoMs);
        Q_EMIT toastChanged();
    });
    connect(&session_, &Session::restarted, this, [this] { settings_.clear(); });
    connect(&session_, &Session::ticked, this, &ShellViewModel::askSettings);
    connect(&health_, &HealthViewModel::pageRequested, this, &ShellViewModel::openPage);
    connect(&health_, &HealthViewModel::requestsRequested, this, &ShellViewModel::showRequests);
    palette_.setSource([this] { return paletteEntries(); });
    session_.time()->setWindowIndex(preferences_.number(QStringLiteral("time_window"), session_.time()->windowIndex()));
    connect(session_.time(), &TimeView::rangeChanged, this, [this] {
        const int index = session_.time()->windowIndex();
        if (index != preferences_.number(QStringLiteral("time_window"), -1))
            preferences_.keep(QStringLiteral("time_window"), index);
    });
    const int remembered = pages_.indexOf(preferences_.text(QStringLiteral("page")));
    page_ = std::max(0, remembered);
    pages_.viewModel(page_)->setActive(true);
}

void ShellViewModel::setPage(int page)
{
    if (page == page_ || page < 0 || page >= pages_.rowCount()) return;
    wantFigure({});
    pages_.viewModel(page_)->setActive(false);
    page_ = page;
    pages_.viewModel(page_)->setActive(true);
    preferences_.keep(QStringLiteral("page"), pageKey());
    Q_EMIT pageChanged();
}

QString ShellViewModel::pageTitle() const
{
    return pages_.index(page_).data(PageList::TitleRole).toString();
}

QString ShellViewModel::pageSubtitle() const
{
    return pages_.index(page_).data(PageList::SubtitleRole).toString();
}

QString ShellViewModel::version() const
{
    return QCoreApplication::applicationVersion();
}

void ShellViewModel::openPage(const QString& key)
{
    const qsizetype slash = key.indexOf(u'/');
    setPage(pages_.indexOf(key.left(slash)));
    if (slash < 0) return;
    if (auto* settings = qobject_cast<SettingsViewModel*>(pages_.viewModel(page_)))
        settings->reveal(key.mid(slash + 1));
}

void ShellViewModel::openFigure(const QString& target)
{
    if (target.isEmpty()) return;
    const QString figure = target.section(u'#', 1);
    openPage(target.section(u'#', 0, 0));
    wantFigure({});  // the same again is shown again
    wantFigure(figure);
    wantedTimer_.start(kWantedMs);
}

QString ShellViewModel::figureHint(const QString& target) const
{
    const int page = pages_.indexOf(target.section(u'#', 0, 0));
    if (page < 0) return {};
    return page == page_
               ? tr("Show where it comes from")
               : tr("Show where it comes from: %1").arg(pages_.index(page).data(PageList::TitleRole).toString());
}

void ShellViewModel::wantFigure(const QString& figure)
{
    if (figure == wantedFigure_) return;
    wantedFigure_ = figure;
    Q_EMIT wantedFigureChanged();
}

void ShellViewModel::notify(const QString& text, bool bad)
{
    toast_ = text;
    toastBad_ = bad;
    undo_ = nullptr;
    toastTimer_.start(kToastMs);
    Q_EMIT toastChanged();
}

void ShellViewModel::dismissToast()
{
    toastTimer_.stop();
    toast_.clear();
    undo_ = nullptr;
    Q_EMIT toastChanged();
}

void ShellViewModel::undo()
{
    const std::function<void()> undo = undo_;
    dismissToast();
    if (undo) undo();
}

void ShellViewModel::copy(const QString& text, const QString& what)
{
    if (text.isEmpty()) {
        notify(tr("There is no model to call yet"), true);
        return;
    }
    QGuiApplication::clipboard()->setText(text);
    notify(tr("%1 copied").arg(what), false);
}

QString ShellViewModel::exportPath(const QString& stem, const QString& suffix) const
{
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation) +
                      QStringLiteral("/Millrace"));
    folder.mkpath(QStringLiteral("."));
    const QString when = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss"));
    QString path = folder.filePath(QStringLiteral("%1-%2.%3").arg(stem, when, suffix));
    for (int i = 2; QFile::exists(path); ++i)
        path = folder.filePath(QStringLiteral("%1-%2-%3.%4").arg(stem, when).arg(i).arg(suffix));
    return path;
}

void ShellViewModel::exported(const QString& path, bool ok)
{
    notify(ok ? tr("Saved %1").arg(path) : tr("Could not write %1").arg(path), !ok);
}

void ShellViewModel::saveText(const QString& stem, const QString& suffix, const QString& text)
{
    const QString path = exportPath(stem, suffix);
    QFile file(path);
    const QByteArray bytes = text.toUtf8();
    exported(path, file.open(QIODevice::WriteOnly | QIODevice::NewOnly) && file.write(bytes) == bytes.size());
}

bool ShellViewModel::steer(int key, int modifiers)
{
    if ((modifiers & ~(Qt::KeypadModifier | Qt::GroupSwitchModifier)) != Qt::NoModifier) return false;
    TimeView& time = *session_.time();
    switch (key) {
        case Qt::Key_Space:
            time.togglePause();
            return true;
        case Qt::Key_End:
            time.goLive();
            return true;
        case Qt::Key_Left:
            time.pan(-1);
            return true;
        case Qt::Key_Right:
            time.pan(1);
            return true;
        default:
            return false;
    }
}

// ---- closing ----

ShellViewModel::AtClose ShellViewModel::atClose() const
{
    const QString kept = preferences_.text(kAtCloseKey);
    return kept == u"keep" ? AtClose::Keep : kept == u"stop" ? AtClose::Stop : AtClose::Ask;
}

bool ShellViewModel::mayClose()
{
    if (closing_ || !engine_.isStartedHere() || !session_.hasData() ||
        session_.client().phase() == EngineClient::Phase::NoEngine)
        return true;
    switch (atClose()) {
        case AtClose::Keep:
            return true;
        case AtClose::Stop:
            stopAndQuit();
            return false;
        case AtClose::Ask:
            Q_EMIT closeRequested();
            return false;
    }
    return true;
}

void ShellViewModel::closeWith(bool stopEngine, bool always)
{
    if (always) preferences_.keep(kAtCloseKey, stopEngine ? QStringLiteral("stop") : QStringLiteral("keep"));
    if (stopEngine) {
        stopAndQuit();
        return;
    }
    closing_ = true;
    Q_EMIT quitRequested();
}

void ShellViewModel::stopAndQuit()
{
    if (closing_) return;
    closing_ = true;
    session_.client().shutdownEngine(this, [this](const Outcome<control::ShutdownReply>&) { Q_EMIT quitRequested(); });
    QTimer::singleShot(kStopWaitMs, this, &ShellViewModel::quitRequested);
}

// ---- the palette ----

void ShellViewModel::askSettings()
{
    if (askingSettings_ || !settings_.isEmpty() || !session_.isWritable()) return;
    askingSettings_ = true;
    session_.client().getSchema(this, [this](const Outcome<control::Schema>& outcome) {
        askingSettings_ = false;
        if (!outcome.ok()) return;
        settings_.clear();
        for (const auto& setting : outcome.reply->settings()) {
            settings_.append({translatedSetting(setting.title()), QString::fromStdString(setting.path()),
                              translatedSetting(setting.group_title())});
        }
    });
}

void ShellViewModel::showRequests(const QString& query)
{
    openPage(QStringLiteral("requests"));
    if (auto* requests = qobject_cast<RequestsViewModel*>(pages_.viewModel(QStringLiteral("requests"))))
        requests->requests()->setQuery(query);
}

void ShellViewModel::addPages(Entries& out)
{
    for (int i = 0; i < pages_.rowCount(); ++i) {
        const QModelIndex page = pages_.index(i);
        out.append({page.data(PageList::TitleRole).toString(), page.data(PageList::SubtitleRole).toString(), tr("page"),
                    page.data(PageList::IconRole).toString(), [this, i] { setPage(i); }});
    }
}

void ShellViewModel::addView(Entries& out)
{
    const QString action = tr("action");
    TimeView* time = session_.time();
    out.append({time->isPaused() ? tr("Return to now") : tr("Pause the view"), tr("Space"), action,
                time->isPaused() ? QStringLiteral("play") : QStringLiteral("pause"), [time] { time->togglePause(); }});
    const QStringList windows = time->windowTexts();
    for (int i = 0; i < windows.size(); ++i) {
        out.append({windows.at(i), tr("time window"), action, QStringLiteral("clock"),
                    [time, i] { time->setWindowIndex(i); }});
    }
    const auto theme = [&](const QString& title, Preferences::Theme value) {
        out.append({title, {}, action, QStringLiteral("theme"), [this, value] { preferences_.setTheme(value); }});
    };
    theme(tr("Dark theme"), Preferences::Dark);
    theme(tr("Light theme"), Preferences::Light);
    theme(tr("System theme"), Preferences::System);
    const auto language = [&](const QString& title, Preferences::Language value) {
        out.append({title, tr("language"), action, QStringLiteral("language"),
                    [this, value] { preferences_.setLanguage(value); }});
    };
    language(QStringLiteral("English"), Preferences::English);
    language(QStringLiteral("Deutsch"), Preferences::German);
    language(tr("Language of the desktop"), Preferences::DesktopLanguage);
    out.append({tr("Keyboard shortcuts"), tr("F1"), action, QStringLiteral("keyboard"),
                [this] { Q_EMIT shortcutsRequested(); }});
}

void ShellViewModel::addEngine(Entries& out)
{
    const QString action = tr("action");
    if (!engine_.endpoint().isEmpty()) {
        out.append({tr("Copy endpoint"), engine_.endpoint(), action, QStringLiteral("copy"),
                    [this] { copy(QStringLiteral("http://") + engine_.endpoint(), tr("Endpoint")); }});
        out.append({tr("Copy as curl"), tr("a complete example"), action, QStringLiteral("copy"),
                    [this] { copy(engine_.curl(), tr("curl command")); }});
        out.append({tr("Copy as Python"), tr("a complete example"), action, QStringLiteral("copy"),
                    [this] { copy(engine_.python(), tr("Python code")); }});
    }
    if (engine_.isStartable())
        out.append({tr("Start engine"), {}, action, QStringLiteral("play"), [this] { engine_.start(); }});
    if (engine_.isStartable() && session_.client().isPortTaken())
        out.append({tr("Start engine on free ports"), {}, action, QStringLiteral("play"), [this] { engine_.act(); }});
    if (!engine_.isStartable() && !engine_.isConnected())
        out.append({tr("Try to connect again"), session_.client().address(), action, QStringLiteral("undo"),
                    [this] { session_.client().retryNow(); }});
    if (session_.isWritable())
        out.append({tr("Stop engine…"), tr("asks first"), action, QStringLiteral("stop"),
                    [this] { Q_EMIT stopRequested(); }, tr("shut down quit exit"), true});
    if (engine_.isRestartable())
        out.append({tr("Restart engine…"), tr("asks first"), action, QStringLiteral("undo"),
                    [this] { Q_EMIT restartRequested(); }, tr("reboot"), true});
    if (sampleLoad_.isStartable())
        out.append({tr("Start sample load"), tr("simulated clients send requests"), action, QStringLiteral("play"),
                    [this] { sampleLoad_.start(); }});
    if (sampleLoad_.isRunning()) {
        out.append({tr("Stop sample load"), {}, action, QStringLiteral("stop"), [this] { sampleLoad_.stop(); }});
        out.append({tr("Restart sample load"), {}, action, QStringLiteral("undo"), [this] { sampleLoad_.restart(); }});
    }
    if (atClose() != AtClose::Ask)
        out.append({tr("Ask about the engine when closing"),
                    atClose() == AtClose::Keep ? tr("currently: keep running") : tr("currently: stop"), action,
                    QStringLiteral("settings"), [this] {
                        preferences_.keep(kAtCloseKey, QString());
                        notify(tr("The console asks again when it is closed"), false);
                    }});
}

void ShellViewModel::addModels(Entries& out)
{
    const QString action = tr("action");
    const QString icon = QStringLiteral("models");
    const auto then = [this](const QString& done) {
        return [this, done](const Outcome<control::ModelReply>& outcome) {
            notify(outcome.ok() ? done : outcome.problem, !outcome.ok());
        };
    };
    for (const auto& model : session_.frame().models().models()) {
        const QString name = QString::fromStdString(model.model());
        out.append({name, QString::fromStdString(model.state()), tr("model"), icon,
                    [this] { openPage(QStringLiteral("models")); }});
        if (!model.loadable() || !session_.isWritable()) continue;
        EngineClient& client = session_.client();
        if (model.state() == "warm")
            out.append({tr("Unload %1").arg(name),
                        {},
                        action,
                        icon,
                        [this, &client, then, name] {
                            client.unloadModel(name, this, then(tr("%1 is being unloaded").arg(name)));
                        },
                        {},
                        true});
        else
            out.append({tr("Load %1").arg(name), {}, action, icon, [this, &client, then, name] {
                            client.loadModel(name, this, then(tr("%1 is being loaded").arg(name)));
                        }});
        const bool pin = !model.pinned();
        out.append({(pin ? tr("Pin %1") : tr("Unpin %1")).arg(name), pin ? tr("keep it in memory") : QString(), action,
                    QStringLiteral("pin"), [this, &client, then, name, pin] {
                        client.pinModel(name, pin, this,
                                        then((pin ? tr("%1 is pinned") : tr("%1 is no longer pinned")).arg(name)));
                    }});
    }
}

void ShellViewModel::addBackends(Entries& out)
{
    const QString action = tr("action");
    const QString icon = QStringLiteral("connections");
    QMap<QString, bool> draining;  // by backend
    for (const auto& pool : session_.frame().pools().pools())
        draining[QString::fromStdString(pool.backend())] |= pool.health() == "draining";
    for (auto it = draining.cbegin(); it != draining.cend(); ++it) {
        const QString name = it.key();
        out.append({name, tr("connections and health"), tr("backend"), icon,
                    [this] { openPage(QStringLiteral("connections")); }});
        if (!session_.isWritable()) continue;
        EngineClient& client = session_.client();
        const auto count = [this](const QString& done) {
            return [this, done](const Outcome<control::ConnectionsReply>& outcome) {
                notify(outcome.ok() ? done : outcome.problem, !outcome.ok());
            };
        };
        out.append({tr("Probe %1").arg(name), tr("health check now"), action, icon, [this, &client, name] {
                        client.probeBackend(name, this, [this, name](const Outcome<control::ProbeReply>& outcome) {
                            const bool healthy = outcome.ok() && outcome.reply->healthy();
                            notify(healthy ? tr("%1 is healthy: answered in %2")
                                                 .arg(name, format::milliseconds(outcome.reply->latency_ms()))
                                   : outcome.ok()
                                       ? tr("%1 is unhealthy: %2")
                                             .arg(name, format::quoted(QString::fromStdString(outcome.reply->reason())))
                                       : outcome.problem,
                                   !healthy);
                        });
                    }});
        if (it.value())
            out.append(
                {tr("Resume %1").arg(name), tr("takes requests again"), action, icon, [this, &client, count, name] {
                     client.drainBackend(name, false, this, count(tr("%1 takes requests again").arg(name)));
                 }});
        else
            out.append({tr("Drain %1").arg(name),
                        tr("takes no new requests"),
                        action,
                        icon,
                        [this, &client, count, name] {
                            client.drainBackend(name, true, this, count(tr("%1 is draining").arg(name)));
                        },
                        {},
                        true});
        out.append({tr("Evict idle connections of %1").arg(name),
                    {},
                    action,
                    icon,
                    [this, &client, count, name] {
                        control::ConnectionsRequest request;
                        request.set_backend(name.toStdString());
                        client.evictConnections(request, this, count(tr("Idle connections of %1 closed").arg(name)));
                    },
                    {},
                    true});
    }
}

void ShellViewModel::addSettings(Entries& out)
{
    auto* page = qobject_cast<SettingsViewModel*>(pages_.viewModel(QStringLiteral("settings")));
    if (!page) return;
    for (const Setting& setting : std::as_const(settings_)) {
        out.append({setting.title, setting.path, tr("setting"), QStringLiteral("settings"),
                    [this, page, path = setting.path] {
                        openPage(QStringLiteral("settings"));
                        page->reveal(path);
                    },
                    setting.group});
    }
}

ShellViewModel::Entries ShellViewModel::paletteEntries()
{
    Entries out;
    addPages(out);
    addView(out);
    addEngine(out);
    addModels(out);
    addBackends(out);
    addSettings(out);
    return out;
}

}  // namespace millrace::desktop
