// The component that only brings bytes.

const CARRIER_CALLS = new WeakMap();

export default function ({ data, parentElement }) {
  const call = (CARRIER_CALLS.get(parentElement) ?? 0) + 1;
  CARRIER_CALLS.set(parentElement, call);
  putOnShelf(parentElement, data);
  return () => {
    // Streamlit may clean up after a call that a later one has already replaced.
    if (CARRIER_CALLS.get(parentElement) === call) takeOffShelf(parentElement);
  };
}
