// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/palette_list.h"
#include "viewmodels/engine_view_model.h"
#include "viewmodels/health_view_model.h"
#include "viewmodels/page_list.h"
#include "viewmodels/palette_entries.h"
#include "viewmodels/preferences.h"
#include "viewmodels/sample_load.h"
#include "viewmodels/session.h"

#include <QtCore/QObject>
#include <QtCore/QTimer>
#include <QtQml/qqmlregistration.h>

#include <functional>

namespace millrace::desktop {

/// The window around the pages: which one is open, the palette, the toast, what is remembered, files and clipboard.
///
/// Owner: App.  Thread: GUI.
class ShellViewModel : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the application has one")
    Q_PROPERTY(millrace::desktop::Session* session READ session CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::EngineViewModel* engine READ engine CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::HealthViewModel* health READ health CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::SampleLoad* sampleLoad READ sampleLoad CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::PageList* pages READ pages CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::PaletteList* palette READ palette CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::Preferences* preferences READ preferences CONSTANT FINAL)
    Q_PROPERTY(int page READ page WRITE setPage NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString pageKey READ pageKey NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString pageTitle READ pageTitle NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString pageSubtitle READ pageSubtitle NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString highlightedFigure READ highlightedFigure NOTIFY highlightedFigureChanged
                   FINAL)                                           ///< empty: none; see openFigure
    Q_PROPERTY(QString toast READ toast NOTIFY toastChanged FINAL)  ///< empty: none
    Q_PROPERTY(bool toastBad READ isToastBad NOTIFY toastChanged FINAL)
    Q_PROPERTY(bool toastUndoable READ isToastUndoable NOTIFY toastChanged FINAL)  ///< undo() takes it back
    Q_PROPERTY(QString version READ version CONSTANT FINAL)
public:
    /// `bench`: program that sends the sample load; empty: there is none.
    ShellViewModel(Session& session, Preferences& preferences, const QString& bench = {}, QObject* parent = nullptr);

    Session* session() const { return &session_; }
    EngineViewModel* engine() { return &engine_; }
    HealthViewModel* health() { return &health_; }
    SampleLoad* sampleLoad() { return &sampleLoad_; }
    PageList* pages() { return &pages_; }
    PaletteList* palette() { return &palette_; }
    Preferences* preferences() const { return &preferences_; }
    int page() const { return page_; }
    void setPage(int page);
    QString pageKey() const { return pages_.keyAt(page_); }
    QString pageTitle() const;
    QString pageSubtitle() const;
    QString highlightedFigure() const { return highlightedFigure_; }
    QString toast() const { return toast_; }
    bool isToastBad() const { return toastBad_; }
    bool isToastUndoable() const { return static_cast<bool>(undo_); }
    QString version() const;

    /// A page by its key; "settings/batcher.size_max" opens that setting.
    Q_INVOKABLE void openPage(const QString& key);
    /// "models#loads": a page, and what is shown on it by the name of a panel or of a series: it is brought into sight,
    /// marked for a moment (highlightedFigure) and has the keys.
    Q_INVOKABLE void openFigure(const QString& target);
    Q_INVOKABLE QString figureHint(const QString& target) const;  ///< what a click on it does
    Q_INVOKABLE bool hasPage(const QString& key) const { return pages_.indexOf(key) >= 0; }
    Q_INVOKABLE void copy(const QString& text, const QString& what);  ///< to the clipboard, and says so
    Q_INVOKABLE void dismissToast();
    Q_INVOKABLE void undo();  ///< what the toast reports
    /// Where an export named `stem` goes (in the documents folder, never over another file).
    Q_INVOKABLE QString exportPath(const QString& stem, const QString& suffix) const;
    Q_INVOKABLE void exported(const QString& path, bool ok);
    Q_INVOKABLE void saveText(const QString& stem, const QString& suffix, const QString& text);
    /// A key that no control took: those that steer time. False: it is none of them.
    Q_INVOKABLE bool steer(int key, int modifiers);
    /// Whether the window may close without a word. Else closeRequested() has been sent: an engine that was started
    /// here would continue, and what to do with it was not said yet.
    Q_INVOKABLE bool mayClose();
    /// The answer: the engine continues or stops, and the same next time.
    Q_INVOKABLE void closeWith(bool stopEngine, bool always);

    void notify(const QString& text, bool bad);
    enum class AtClose { Ask, Keep, Stop };
    AtClose atClose() const;  ///< of an engine that was started here
    void forgetAtClose();

Q_SIGNALS:
    void pageChanged();
    void highlightedFigureChanged();
    void toastChanged();
    void findRequested();  ///< Ctrl+F: the open page takes it
    void shortcutsRequested();
    void stopRequested();
    void restartRequested();
    void closeRequested();
    void quitRequested();  ///< the window may go now

private:
    void wantFigure(const QString& figure);
    void showRequests(const QString& query);
    void stopAndQuit();

    Session& session_;
    Preferences& preferences_;
    EngineViewModel engine_;
    HealthViewModel health_;
    SampleLoad sampleLoad_;
    PageList pages_;
    PaletteList palette_;
    PaletteEntries paletteEntries_;
    int page_ = 0;
    QString highlightedFigure_;
    QTimer wantedTimer_;
    QString toast_;
    bool toastBad_ = false;
    std::function<void()> undo_;
    QTimer toastTimer_;
    bool closing_ = false;
};

}  // namespace millrace::desktop
