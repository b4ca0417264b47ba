// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/palette_entries.h"

#include "control.pb.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/said.h"
#include "format/translation.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/settings_view_model.h"
#include "viewmodels/shell_view_model.h"

namespace millrace::desktop {

PaletteEntries::PaletteEntries(ShellViewModel& shell) : QObject(&shell), shell_(shell)
{
    connect(shell.session(), &Session::restarted, this, [this] { settings_.clear(); });
    connect(shell.session(), &Session::ticked, this, &PaletteEntries::askSettings);
}

void PaletteEntries::askSettings()
{
    if (loadingSettings_ || !settings_.isEmpty() || !shell_.session()->isWritable()) return;
    loadingSettings_ = true;
    shell_.session()->client().getSchema(this, [this](const Outcome<control::Schema>& outcome) {
        loadingSettings_ = false;
        if (!outcome.ok()) return;
        settings_.clear();
        for (const auto& setting : outcome.reply->settings()) {
            settings_.append({translatedSetting(setting.title()), QString::fromStdString(setting.path()),
                              translatedSetting(setting.group_title())});
        }
    });
}

void PaletteEntries::addPages(Entries& out)
{
    for (int i = 0; i < shell_.pages()->rowCount(); ++i) {
        const QModelIndex page = shell_.pages()->index(i);
        out.append({page.data(PageList::TitleRole).toString(), page.data(PageList::SubtitleRole).toString(), tr("page"),
                    page.data(PageList::IconRole).toString(), [this, i] { shell_.setPage(i); }});
    }
}

void PaletteEntries::addView(Entries& out)
{
    const QString action = tr("action");
    TimeView* time = shell_.session()->time();
    out.append({time->isPaused() ? tr("Return to now") : tr("Pause the view"), tr("Space"), action,
                time->isPaused() ? QStringLiteral("play") : QStringLiteral("pause"), [time] { time->togglePause(); }});
    const QStringList windows = time->windowTexts();
    for (int i = 0; i < windows.size(); ++i) {
        out.append({windows.at(i), tr("time window"), action, QStringLiteral("clock"),
                    [time, i] { time->setWindowIndex(i); }});
    }
    const auto theme = [&](const QString& title, Preferences::Theme value) {
        out.append(
            {title, {}, action, QStringLiteral("theme"), [this, value] { shell_.preferences()->setTheme(value); }});
    };
    theme(tr("Dark theme"), Preferences::Dark);
    theme(tr("Light theme"), Preferences::Light);
    theme(tr("System theme"), Preferences::System);
    const auto language = [&](const QString& title, Preferences::Language value) {
        out.append({title, tr("language"), action, QStringLiteral("language"),
                    [this, value] { shell_.preferences()->setLanguage(value); }});
    };
    language(QStringLiteral("English"), Preferences::English);
    language(QStringLiteral("Deutsch"), Preferences::German);
    language(tr("Language of the desktop"), Preferences::DesktopLanguage);
    out.append({tr("Keyboard shortcuts"), tr("F1"), action, QStringLiteral("keyboard"),
                [this] { Q_EMIT shell_.shortcutsRequested(); }});
}

void PaletteEntries::addEngine(Entries& out)
{
    const QString action = tr("action");
    if (!shell_.engine()->endpoint().isEmpty()) {
        out.append({tr("Copy endpoint"), shell_.engine()->endpoint(), action, QStringLiteral("copy"),
                    [this] { shell_.copy(QStringLiteral("http://") + shell_.engine()->endpoint(), tr("Endpoint")); }});
        out.append({tr("Copy as curl"), tr("a complete example"), action, QStringLiteral("copy"),
                    [this] { shell_.copy(shell_.engine()->curl(), tr("curl command")); }});
        out.append({tr("Copy as Python"), tr("a complete example"), action, QStringLiteral("copy"),
                    [this] { shell_.copy(shell_.engine()->python(), tr("Python code")); }});
    }
    if (shell_.engine()->isStartable())
        out.append({tr("Start engine"), {}, action, QStringLiteral("play"), [this] { shell_.engine()->start(); }});
    if (shell_.engine()->isStartable() && shell_.session()->client().isPortTaken())
        out.append(
            {tr("Start engine on free ports"), {}, action, QStringLiteral("play"), [this] { shell_.engine()->act(); }});
    if (!shell_.engine()->isStartable() && !shell_.engine()->isConnected())
        out.append({tr("Try to connect again"), shell_.session()->client().address(), action, QStringLiteral("undo"),
                    [this] { shell_.session()->client().retryNow(); }});
    if (shell_.session()->isWritable())
        out.append({tr("Stop engine…"), tr("asks first"), action, QStringLiteral("stop"),
                    [this] { Q_EMIT shell_.stopRequested(); }, tr("shut down quit exit"), true});
    if (shell_.engine()->isRestartable())
        out.append({tr("Restart engine…"), tr("asks first"), action, QStringLiteral("undo"),
                    [this] { Q_EMIT shell_.restartRequested(); }, tr("reboot"), true});
    if (shell_.sampleLoad()->isStartable())
        out.append({tr("Start sample load"), tr("simulated clients send requests"), action, QStringLiteral("play"),
                    [this] { shell_.sampleLoad()->start(); }});
    if (shell_.sampleLoad()->isRunning()) {
        out.append(
            {tr("Stop sample load"), {}, action, QStringLiteral("stop"), [this] { shell_.sampleLoad()->stop(); }});
        out.append({tr("Restart sample load"), {}, action, QStringLiteral("undo"), [this] {
                        shell_.sampleLoad()->restart();
                    }});
    }
    if (shell_.atClose() != ShellViewModel::AtClose::Ask)
        out.append(
            {tr("Ask about the engine when closing"),
             shell_.atClose() == ShellViewModel::AtClose::Keep ? tr("currently: keep running") : tr("currently: stop"),
             action, QStringLiteral("settings"), [this] {
                 shell_.forgetAtClose();
                 shell_.notify(tr("The console asks again when it is closed"), false);
             }});
}

void PaletteEntries::addModels(Entries& out)
{
    const QString action = tr("action");
    const QString icon = QStringLiteral("models");
    const auto then = [this](const QString& done) {
        return [this, done](const Outcome<control::ModelReply>& outcome) {
            shell_.notify(outcome.ok() ? done : outcome.problem, !outcome.ok());
        };
    };
    for (const auto& model : shell_.session()->frame().models().models()) {
        const QString name = QString::fromStdString(model.model());
        out.append({name, ModelsViewModel::stateText(model), tr("model"), icon,
                    [this] { shell_.openPage(QStringLiteral("models")); }});
        if (!model.loadable() || !shell_.session()->isWritable()) continue;
        EngineClient& client = shell_.session()->client();
        if (model.state() == control::MODEL_PHASE_WARM)
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

void PaletteEntries::addBackends(Entries& out)
{
    const QString action = tr("action");
    const QString icon = QStringLiteral("connections");
    QMap<QString, bool> draining;  // by backend
    for (const auto& pool : shell_.session()->frame().pools().pools())
        draining[QString::fromStdString(pool.backend())] |= pool.health() == control::BACKEND_HEALTH_DRAINING;
    for (auto it = draining.cbegin(); it != draining.cend(); ++it) {
        const QString name = it.key();
        out.append({name, tr("connections and health"), tr("backend"), icon,
                    [this] { shell_.openPage(QStringLiteral("connections")); }});
        if (!shell_.session()->isWritable()) continue;
        EngineClient& client = shell_.session()->client();
        const auto count = [this](const QString& done) {
            return [this, done](const Outcome<control::ConnectionsReply>& outcome) {
                shell_.notify(outcome.ok() ? done : outcome.problem, !outcome.ok());
            };
        };
        out.append({tr("Probe %1").arg(name), tr("health check now"), action, icon, [this, &client, name] {
                        client.probeBackend(name, this, [this, name](const Outcome<control::ProbeReply>& outcome) {
                            const bool healthy = outcome.ok() && outcome.reply->healthy();
                            shell_.notify(healthy ? tr("%1 is healthy: answered in %2")
                                                        .arg(name, format::milliseconds(outcome.reply->latency_ms()))
                                          : outcome.ok() ? tr("%1 is unhealthy: %2")
                                                               .arg(name, format::said(outcome.reply->reason_words(),
                                                                                       outcome.reply->reason()))
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

void PaletteEntries::addSettings(Entries& out)
{
    auto* page = qobject_cast<SettingsViewModel*>(shell_.pages()->viewModel(QStringLiteral("settings")));
    if (!page) return;
    for (const Setting& setting : std::as_const(settings_)) {
        out.append({setting.title, setting.path, tr("setting"), QStringLiteral("settings"),
                    [this, page, path = setting.path] {
                        shell_.openPage(QStringLiteral("settings"));
                        page->reveal(path);
                    },
                    setting.group});
    }
}

PaletteEntries::Entries PaletteEntries::all()
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
