import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { WorkerView } from '../../views/WorkerView'

export const metadata = pageMetadata('/worker/')

export default function Page() {
  return (
    <App route="/worker/">
      <WorkerView />
    </App>
  )
}
