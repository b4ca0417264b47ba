// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/shell_view_model.h"

#include "control.pb.h"
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
constexpr int kUndoMs = 10'000;  // long enough to read it and to reach the button

}  // namespace

ShellViewModel::ShellViewModel(Session& session, Preferences& preferences, bool mayStart, QObject* parent)
    : QObject(parent), session_(session), preferences_(preferences), engine_(session, mayStart), pages_(session)
{
    toastTimer_.setSingleShot(true);
    connect(&toastTimer_, &QTimer::timeout, this, &ShellViewModel::dismissToast);
    connect(&session_, &Session::notice, this, &ShellViewModel::notify);
    connect(&session_, &Session::undoable, this, [this](const QString& text, const std::function<void()>& undo) {
        notify(text, false);
        undo_ = undo;
        toastTimer_.start(kUndoMs);
        Q_EMIT toastChanged();
    });
    palette_.setSource([this] { return paletteEntries(); });
    if (auto* settings = qobject_cast<SettingsViewModel*>(pages_.viewModel(QStringLiteral("settings")))) {
        addPaletteSource([this, settings] {
            QList<PaletteList::Entry> out;
            for (const auto& setting : settings->all()) {
                out.append(
                    {setting.title, setting.path, tr("setting"), QStringLiteral("settings"), [this, settings, setting] {
                         openPage(QStringLiteral("settings"));
                         settings->reveal(setting.path);
                     }});
            }
            return out;
        });
    }
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

void ShellViewModel::keepGeometry(int x, int y, int width, int height)
{
    preferences_.keep(QStringLiteral("geometry"), QRect(x, y, width, height));
}

QList<PaletteList::Entry> ShellViewModel::paletteEntries()
{
    QList<PaletteList::Entry> out;
    for (int i = 0; i < pages_.rowCount(); ++i) {
        const QModelIndex page = pages_.index(i);
        out.append({page.data(PageList::TitleRole).toString(), page.data(PageList::SubtitleRole).toString(), tr("page"),
                    page.data(PageList::IconRole).toString(), [this, i] { setPage(i); }});
    }
    TimeView* time = session_.time();
    out.append({time->isPaused() ? tr("Return to now") : tr("Pause the view"), tr("Space"), tr("action"),
                time->isPaused() ? QStringLiteral("play") : QStringLiteral("pause"), [time] { time->togglePause(); }});
    const QStringList windows = time->windowTexts();
    for (int i = 0; i < windows.size(); ++i) {
        out.append({windows.at(i), tr("time window"), tr("action"), QStringLiteral("clock"),
                    [time, i] { time->setWindowIndex(i); }});
    }
    out.append({tr("Dark theme"), {}, tr("action"), QStringLiteral("theme"), [this] {
                    preferences_.setTheme(Preferences::Dark);
                }});
    out.append({tr("Light theme"), {}, tr("action"), QStringLiteral("theme"), [this] {
                    preferences_.setTheme(Preferences::Light);
                }});
    out.append({tr("Theme of the system"), {}, tr("action"), QStringLiteral("theme"), [this] {
                    preferences_.setTheme(Preferences::System);
                }});
    if (!engine_.endpoint().isEmpty()) {
        out.append({tr("Copy endpoint"), engine_.endpoint(), tr("action"), QStringLiteral("copy"),
                    [this] { copy(QStringLiteral("http://") + engine_.endpoint(), tr("Endpoint")); }});
        out.append({tr("Copy as curl"), tr("a ready call"), tr("action"), QStringLiteral("copy"),
                    [this] { copy(engine_.curl(), tr("curl command")); }});
        out.append({tr("Copy as Python"), tr("OpenAI client"), tr("action"), QStringLiteral("copy"),
                    [this] { copy(engine_.python(), tr("Python code")); }});
    }
    out.append({tr("Keyboard shortcuts"), tr("F1"), tr("action"), QStringLiteral("keyboard"),
                [this] { Q_EMIT shortcutsRequested(); }});
    if (session_.isWritable()) {
        out.append({tr("Stop engine…"), tr("asks first"), tr("action"), QStringLiteral("stop"),
                    [this] { Q_EMIT stopRequested(); }});
    }
    const int modelsPage = pages_.indexOf(QStringLiteral("models"));
    for (const auto& model : session_.frame().models().models()) {
        const QString name = QString::fromStdString(model.model());
        if (modelsPage >= 0) {
            out.append({name, QString::fromStdString(model.state()), tr("model"), QStringLiteral("models"),
                        [this, modelsPage] { setPage(modelsPage); }});
        }
        if (!model.loadable() || !session_.isWritable()) continue;
        const bool warm = model.state() == "warm";
        out.append({warm ? tr("Unload %1").arg(name) : tr("Load %1").arg(name),
                    {},
                    tr("action"),
                    QStringLiteral("models"),
                    [this, name, warm] {
                        const auto then = [this, name](const Outcome<control::ModelReply>& outcome) {
                            notify(outcome.ok() ? tr("%1: asked for").arg(name) : outcome.problem, !outcome.ok());
                        };
                        warm ? session_.client().unloadModel(name, this, then)
                             : session_.client().loadModel(name, this, then);
                    }});
    }
    for (const auto& more : std::as_const(paletteSources_)) out.append(more());
    return out;
}

}  // namespace millrace::desktop
