// SPDX-License-Identifier: GPL-3.0-or-later
pragma Singleton

import QtQuick

// Every colour, size and duration of the console. `dark` is set by Main from the preferences, `unknown` while no engine
// says how things are: then nothing is green, and what was is grey.
QtObject {
    id: theme

    property bool dark: true
    property bool unknown: false

    component ColorSet: QtObject {
        required property color window
        required property color panel
        required property color raised
        required property color line
        required property color grid
        required property color text
        required property color textSecond
        required property color textThird
        required property color accent
        required property color accentInk
        required property color connections
        required property color batches
        required property color models
        required property color inference
        required property color streams
        required property color queued
        required property color ok
        required property color warning
        required property color critical
        required property color danger    // the ground of a button that destroys
        required property color dangerInk
        required property color shade
    }

    readonly property ColorSet darkColors: ColorSet {
        window: "#0E1116"
        panel: "#151A21"
        raised: "#1C232C"
        line: "#2A323D"
        grid: "#232A34"
        text: "#E6EAF0"
        textSecond: "#9AA5B4"
        textThird: "#7F8A99"
        accent: "#4CC2FF"
        accentInk: "#06202F"
        connections: "#5AA9FF"
        batches: "#FFB068"
        models: "#B58CFF"
        inference: "#C9D3E0"
        streams: "#3DD6B0"
        queued: "#6B7685"
        ok: "#3DD68C"
        warning: "#FFD166"
        critical: "#FF6B6B"
        danger: "#C93434"
        dangerInk: "#FFFFFF"
        shade: "#A0000000"
    }
    readonly property ColorSet lightColors: ColorSet {
        window: "#F4F6F8"
        panel: "#FFFFFF"
        raised: "#EEF1F5"
        line: "#D8DEE6"
        grid: "#E8ECF1"
        text: "#161A20"
        textSecond: "#4B5563"
        textThird: "#616D7D"
        accent: "#0B76C5"
        accentInk: "#FFFFFF"
        connections: "#1F6FEB"
        batches: "#C2570C"
        models: "#7A4FD6"
        inference: "#45505E"
        streams: "#0E8F75"
        queued: "#7E8B9C"
        ok: "#16834A"
        warning: "#9A6A00"
        critical: "#C93434"
        danger: "#C93434"
        dangerInk: "#FFFFFF"
        shade: "#60101418"
    }
    readonly property ColorSet knownColor: dark ? darkColors : lightColors
    readonly property ColorSet greyColors: ColorSet {
        window: theme.knownColor.window
        panel: theme.knownColor.panel
        raised: theme.knownColor.raised
        line: theme.knownColor.line
        grid: theme.knownColor.grid
        text: theme.knownColor.text
        textSecond: theme.knownColor.textSecond
        textThird: theme.knownColor.textThird
        accent: theme.greyed(theme.knownColor.accent)
        accentInk: theme.knownColor.accentInk
        connections: theme.greyed(theme.knownColor.connections)
        batches: theme.greyed(theme.knownColor.batches)
        models: theme.greyed(theme.knownColor.models)
        inference: theme.greyed(theme.knownColor.inference)
        streams: theme.greyed(theme.knownColor.streams)
        queued: theme.knownColor.queued
        ok: theme.greyed(theme.knownColor.ok)
        warning: theme.knownColor.warning
        critical: theme.knownColor.critical
        danger: theme.knownColor.danger
        dangerInk: theme.knownColor.dangerInk
        shade: theme.knownColor.shade
    }
    readonly property ColorSet color: unknown ? greyColors : knownColor

    readonly property real faded: 0.45    // opacity of what cannot be used now
    readonly property real stale: 0.85    // opacity of what is from before: to be seen, and still to be read

    // A colour made faint, for fills and tints.
    function faint(base: color, alpha: real): color {
        return Qt.rgba(base.r, base.g, base.b, alpha);
    }

    // As light as before, with just so much of its hue that curves still differ.
    function greyed(base: color): color {
        const light = 0.299 * base.r + 0.587 * base.g + 0.114 * base.b;
        return Qt.rgba(light + 0.2 * (base.r - light), light + 0.2 * (base.g - light), light + 0.2 * (base.b - light), base.a);
    }

    component Spaces: QtObject {
        readonly property int hair: 1
        readonly property int xs: 4
        readonly property int s: 8
        readonly property int m: 12
        readonly property int l: 16
        readonly property int xl: 20
        readonly property int xxl: 32
    }
    readonly property Spaces space: Spaces {}

    component Sizes: QtObject {
        readonly property int radius: 8
        readonly property int radiusSmall: 6
        readonly property int mark: 3           // the bar beside what is chosen or edited
        readonly property int bar: 8            // a share drawn as a bar
        readonly property int logo: 22
        readonly property int endpoint: 22       // of the line with the address to connect to, and of its button
        readonly property int rail: 208
        readonly property int railNarrow: 60
        readonly property int railRow: 36
        readonly property int topBar: 52
        readonly property int statusBar: 30
        readonly property int statusRequests: 90 // of figures in the status bar, so that what follows does not move
        readonly property int statusLatency: 76
        readonly property int hintBar: 44        // a line under the top bar that says what to do
        readonly property int healthPanel: 460
        readonly property int healthPillMax: 300
        readonly property int badge: 44          // a number that grows, so that what follows does not move
        readonly property int toast: 40          // height of a message that comes and goes, at least
        readonly property int toastWidthMax: 520
        readonly property int control: 30
        readonly property int field: 32
        readonly property int fieldWidth: 200
        readonly property int switchWidth: 36
        readonly property int switchHeight: 22
        readonly property int scrollBar: 6
        readonly property int paletteTop: 84     // of the window, above the palette
        readonly property int palette: 560
        readonly property int paletteField: 40
        readonly property int paletteRow: 36
        readonly property int paletteTitle: 300  // width of what it finds; the hint follows
        readonly property int shortcuts: 640
        readonly property int shortcutKeys: 150
        readonly property int shortcutRow: 28
        readonly property int dialogHeading: 32
        readonly property int menuWidth: 248
        readonly property int menuHeightMax: 420
        readonly property int tipWidthMax: 360
        readonly property int dialogWidth: 420
        readonly property int row: 31
        readonly property int rowSmall: 22       // of the table twin of a chart
        readonly property int lineSmall: 18      // of small text in a row of several lines
        readonly property int rowDouble: 40      // of two of them
        readonly property int problemLines: 30   // two lines of a problem below
        readonly property int changeTitle: 72    // of what changes, in a table at the side
        readonly property int changeFigure: 50   // of what it was and will be
        readonly property int timeColumn: 84     // of a moment in it
        readonly property int figureLeast: 72    // of a figure in it
        readonly property int tableHeader: 28
        readonly property int rowsAtOnce: 4      // that a table makes in one turn of the event loop
        readonly property int percent: 40        // the width of "100 %"
        readonly property int listHeight: 320    // of a list in a dialog
        readonly property int tag: 20
        readonly property int tagSmall: 17       // beside a title
        readonly property int tagWidthMax: 96
        readonly property int legend: 16        // height of a mark with its word
        readonly property int stroke: 12        // length of a line's mark in it
        readonly property int dash: 5           // of each of its two dashes
        readonly property int legendName: 320    // width of a name in it, at most: models have long ones
        readonly property int legendReading: 36  // width of the value in it, at least
        readonly property int trend: 16          // a small line in a row
        readonly property int ruler: 18          // of a waterfall
        readonly property int phaseName: 136     // the names at its left
        readonly property int phaseTime: 66      // the times at its right
        readonly property int tableRoomy: 1000   // width of a table from which on it has columns that one can do without
        readonly property int rowMenu: 28       // the place of a row's menu at its end
        readonly property int controlSmall: 24
        readonly property int kpi: 138
        readonly property int kpiFlat: 104
        readonly property int kpiNote: 26        // two lines of what is said below a key figure
        readonly property int kpiRow: 1060      // narrower: six key figures stand in two rows
        readonly property int chartLeast: 190
        readonly property int chart: 200         // of a row of charts, unless the page is low
        readonly property int chartNarrow: 560   // width of a chart up to which its tools are one button
        readonly property int chartSmall: 166    // of a row of charts on a page that has many
        readonly property int chartLarge: 240
        readonly property int axis: 24           // below the lines of a chart, for the times
        readonly property int chartEdge: 3       // around the lines, so that strokes on the edge are whole
        readonly property int chip: 120          // width of a word over the lines, at most
        readonly property int hintLeast: 80      // width of the words of a part of a figure, where they wrap
        readonly property int figureLarge: 290   // timeline, matrix
        readonly property int stage: 156         // a card of the pipeline
        readonly property int stageHead: 18
        readonly property int stageLine: 20      // of a figure in it
        readonly property int flowLink: 24       // the water between two of them
        readonly property int flowLinkHeight: 10
        readonly property int drop: 7
        readonly property int dropHeight: 8
        readonly property int dropGap: 5
        readonly property int stages: 148        // the pipeline in one row
        readonly property int stagesFolded: 304  // in two
        readonly property int flowLeast: 582     // of the page, but for its key figures, below which it scrolls
        readonly property int flowLeastFolded: 762
        readonly property int pageEmpty: 480     // of a page that has nothing but a message
        readonly property int placeholder: 360   // width of what an empty page says
        readonly property int message: 520       // width of a message in a panel
        readonly property int filterBar: 52
        readonly property int query: 230         // width of a field to filter by
        readonly property int queryWide: 290
        readonly property int groups: 190        // width of the list of groups of settings
        readonly property int groupsNarrow: 164
        readonly property int groupHeading: 42   // above the settings of a group
        readonly property int editor: 190        // width of a setting's value
        readonly property int editorNarrow: 170
        readonly property int settingFolded: 560 // width of a setting up to which its note stands below the value
        readonly property int formAhead: 2000    // of the form is made above and below what is seen
        readonly property int settingsWide: 1080 // width of the page above which groups and side are wide
        readonly property int revision: 34       // width of a revision's number
        readonly property int gutter: 44         // of the numbers of lines
        readonly property int side: 332          // width of what is pending, beside the form
        readonly property int sideNarrow: 270
        readonly property int noteLeast: 120     // width of a note beside a line of JSON
        readonly property int detail: 344        // width of what stands beside a table
        readonly property int detailNarrow: 290
        readonly property int heading: 28        // height of a heading in a column
        readonly property int square: 22         // of a connection, with the gap after it
        readonly property int squareName: 106    // width of the name before a row of them
        readonly property int plotSmall: 96      // a figure in a column at the side
        readonly property int wide: 1100        // width of a page above which it shows everything
        readonly property int icon: 18
        readonly property int iconLarge: 28
        readonly property int iconMedium: 16
        readonly property int iconSmall: 14
        readonly property int iconTiny: 12
        readonly property int dot: 8
        readonly property int focus: 2
        readonly property int narrow: 1200   // window width below which the rail shows icons only
        readonly property int windowWidth: 1440
        readonly property int windowHeight: 900
        readonly property int windowWidthMin: 1024
        readonly property int windowHeightMin: 640
    }
    readonly property Sizes size: Sizes {}

    component Fonts: QtObject {
        readonly property string family: "Inter"  // where it is not installed Qt takes the system's sans
        readonly property string mono: "monospace"
        readonly property int tiny: 11
        readonly property int small: 12
        readonly property int body: 13
        readonly property int heading: 14
        readonly property int brand: 15
        readonly property int title: 18
        readonly property int figure: 24
        readonly property int axis: 11
    }
    readonly property Fonts font: Fonts {}

    component Durations: QtObject {
        readonly property int frame: 16
        readonly property int quick: 90
        readonly property int flow: 1200
        readonly property int tooltip: 500
        readonly property int lit: 2000          // what a link points to is marked
    }
    readonly property Durations duration: Durations {}
}
