"""The slice view: linked panels on a canvas, driven in the browser without reruns.

`payload` turns a `Study`, a `Prediction` and maps of uncertainty into bytes (NumPy only), `edits`
reads what was corrected by hand, `memory` settles who moved the view, `component` shows it all in a
Streamlit page and says in which order the browser's files are joined. Of these `shelf.js` takes the
bytes in; `place.js`, `sections.js`, `draw.js` and `painter.js` make the picture, `cells.js` and
`stage.js` its panels;
`edits.js`, `tumour.js` and `correction.js` are the reader's outline; `words.js`, `toolbar.js` and
`lesion_list.js` say what there is; `controls.js` and `hands.js` are keys and pointers; `looks.js`,
`ways.js` and `viewer.js` hold the state.
"""
