// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/palette_list.h"
#include "viewmodels/engine_view_model.h"
#include "viewmodels/page_list.h"
#include "viewmodels/preferences.h"
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
    Q_PROPERTY(millrace::desktop::PageList* pages READ pages CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::PaletteList* palette READ palette CONSTANT FINAL)
    Q_PROPERTY(millrace::desktop::Preferences* preferences READ preferences CONSTANT FINAL)
    Q_PROPERTY(int page READ page WRITE setPage NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString pageKey READ pageKey NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString pageTitle READ pageTitle NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString pageSubtitle READ pageSubtitle NOTIFY pageChanged FINAL)
    Q_PROPERTY(QString toast READ toast NOTIFY toastChanged FINAL)  ///< empty: none
    Q_PROPERTY(bool toastBad READ isToastBad NOTIFY toastChanged FINAL)
    Q_PROPERTY(bool toastUndoable READ isToastUndoable NOTIFY toastChanged FINAL)  ///< undo() takes it back
    Q_PROPERTY(QString version READ version CONSTANT FINAL)
public:
    ShellViewModel(Session& session, Preferences& preferences, bool mayStart, QObject* parent = nullptr);

    Session* session() const { return &session_; }
    EngineViewModel* engine() { return &engine_; }
    PageList* pages() { return &pages_; }
    PaletteList* palette() { return &palette_; }
    Preferences* preferences() const { return &preferences_; }
    int page() const { return page_; }
    void setPage(int page);
    QString pageKey() const { return pages_.keyAt(page_); }
    QString pageTitle() const;
    QString pageSubtitle() const;
    QString toast() const { return toast_; }
    bool isToastBad() const { return toastBad_; }
    bool isToastUndoable() const { return static_cast<bool>(undo_); }
    QString version() const;

    /// A page by its key; "settings/batcher.size_max" opens that setting.
    Q_INVOKABLE void openPage(const QString& key);
    Q_INVOKABLE bool hasPage(const QString& key) const { return pages_.indexOf(key) >= 0; }
    Q_INVOKABLE void copy(const QString& text, const QString& what);  ///< to the clipboard, and says so
    Q_INVOKABLE void dismissToast();
    Q_INVOKABLE void undo();  ///< what the toast tells of
    /// Where an export named `stem` goes (in the documents folder, never over another file).
    Q_INVOKABLE QString exportPath(const QString& stem, const QString& suffix) const;
    Q_INVOKABLE void exported(const QString& path, bool ok);
    Q_INVOKABLE void saveText(const QString& stem, const QString& suffix, const QString& text);
    Q_INVOKABLE void keepGeometry(int x, int y, int width, int height);

    void notify(const QString& text, bool bad);
    /// More entries for the palette, such as settings; asked each time it opens.
    void addPaletteSource(std::function<QList<PaletteList::Entry>()> source)
    {
        paletteSources_.append(std::move(source));
    }

Q_SIGNALS:
    void pageChanged();
    void toastChanged();
    void findRequested();  ///< Ctrl+F: the open page takes it
    void shortcutsRequested();
    void stopRequested();

private:
    QList<PaletteList::Entry> paletteEntries();

    Session& session_;
    Preferences& preferences_;
    EngineViewModel engine_;
    PageList pages_;
    PaletteList palette_;
    int page_ = 0;
    QString toast_;
    bool toastBad_ = false;
    std::function<void()> undo_;
    QTimer toastTimer_;
    QList<std::function<QList<PaletteList::Entry>()>> paletteSources_;
};

}  // namespace millrace::desktop
